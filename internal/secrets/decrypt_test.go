package secrets_test

import (
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/stores/yaml"
	"github.com/getsops/sops/v3/version"

	"github.com/otomi/kubectl-otomi/internal/secrets"
)

// encrypt makes a SOPS file as the sops program does.
func encrypt(t *testing.T, recipient, text string) []byte {
	t.Helper()
	store := yaml.NewStore(&config.YAMLStoreConfig{})
	branches, err := store.LoadPlainFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	key, err := sopsage.MasterKeyFromRecipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	tree := sops.Tree{Branches: branches, Metadata: sops.Metadata{KeyGroups: []sops.KeyGroup{{key}}, Version: version.Version, UnencryptedSuffix: "_unencrypted"}}
	dataKey, errs := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(dataKey, cipher)
	if err != nil {
		t.Fatal(err)
	}
	tree.Metadata.LastModified = time.Now().UTC()
	if tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, dataKey, tree.Metadata.LastModified.Format(time.RFC3339)); err != nil {
		t.Fatal(err)
	}
	out, err := store.EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecrypt(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := encrypt(t, identity.Recipient().String(), "password: hunter2\nlist:\n    - a\n")
	if strings.Contains(string(file), "hunter2") {
		t.Fatal("the test's own encryption does not encrypt")
	}
	t.Setenv("SOPS_AGE_KEY", identity.String())
	plain, err := secrets.Decrypt("secrets.x.yaml", file)
	if err != nil || !strings.Contains(string(plain), "password: hunter2") || strings.Contains(string(plain), "sops:") {
		t.Errorf("Decrypt = %s, %v", plain, err)
	}
	tampered := strings.Replace(string(file), "list:", "tsil:", 1)
	if _, err := secrets.Decrypt("secrets.x.yaml", []byte(tampered)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Decrypt of a changed file: %v", err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOPS_AGE_KEY", other.String())
	if _, err := secrets.Decrypt("secrets.x.yaml", file); err == nil {
		t.Error("Decrypt with another key succeeded")
	}
}
