package secrets

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/keyservice"
	"google.golang.org/grpc"
)

// hanging is a cloud that never answers.
type hanging struct{ keyservice.KeyServiceClient }

func (hanging) Decrypt(context.Context, *keyservice.DecryptRequest, ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	select {}
}

func TestPatience(t *testing.T) {
	s := service{local: hanging{}, patience: 10 * time.Millisecond}
	key := keyservice.Key{KeyType: &keyservice.Key_KmsKey{KmsKey: &keyservice.KmsKey{Arn: "arn:x"}}}
	_, err := s.Decrypt(context.Background(), &keyservice.DecryptRequest{Key: &key})
	if err == nil || !strings.Contains(err.Error(), "no answer within 10ms") || len(s.failed) != 1 || s.failed[0].key != "AWS KMS arn:x" {
		t.Errorf("Decrypt = %v, %v", err, s.failed)
	}
}
