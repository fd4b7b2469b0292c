package secrets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keyservice"
	"google.golang.org/grpc"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// patience is how long a key in a cloud may take to answer. Keys at hand may take longer: gpg asks people.
const patience = 20 * time.Second

// service is SOPS' own key service, which remembers what went wrong with which key and does not wait for ever.
type service struct {
	local    keyservice.KeyServiceClient
	patience time.Duration
	failed   []keyFailure
}

type keyFailure struct {
	key string
	err error
}

func newService() *service { return &service{local: keyservice.NewLocalClient(), patience: patience} }

func (k *service) clients() []keyservice.KeyServiceClient { return []keyservice.KeyServiceClient{k} }

// Encrypt closes a data key with one master key.
func (k *service) Encrypt(ctx context.Context, req *keyservice.EncryptRequest, _ ...grpc.CallOption) (*keyservice.EncryptResponse, error) {
	return ask(ctx, k, req.Key, func(ctx context.Context) (*keyservice.EncryptResponse, error) { return k.local.Encrypt(ctx, req) })
}

// Decrypt opens a data key with one master key.
func (k *service) Decrypt(ctx context.Context, req *keyservice.DecryptRequest, _ ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	return ask(ctx, k, req.Key, func(ctx context.Context) (*keyservice.DecryptResponse, error) { return k.local.Decrypt(ctx, req) })
}

func ask[T any](ctx context.Context, k *service, key *keyservice.Key, do func(context.Context) (T, error)) (T, error) {
	name, cloud := keyName(key)
	if !cloud {
		answer, err := do(ctx)
		return answer, k.note(name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, k.patience)
	defer cancel()
	type result struct {
		answer T
		err    error
	}
	done := make(chan result, 1) // SOPS' clients do not take the context: one that hangs is left behind
	go func() {
		answer, err := do(ctx)
		done <- result{answer, err}
	}()
	select {
	case r := <-done:
		return r.answer, k.note(name, r.err)
	case <-ctx.Done():
		var none T
		return none, k.note(name, fmt.Errorf("no answer within %s", k.patience))
	}
}

func (k *service) note(name string, err error) error {
	if err != nil {
		k.failed = append(k.failed, keyFailure{name, err})
	}
	return err
}

// keyName is a master key as people know it, and whether it is kept in a cloud.
func keyName(key *keyservice.Key) (name string, cloud bool) {
	switch t := key.KeyType.(type) {
	case *keyservice.Key_AgeKey:
		return t.AgeKey.Recipient, false
	case *keyservice.Key_PgpKey:
		return "PGP " + t.PgpKey.Fingerprint, false
	case *keyservice.Key_KmsKey:
		return "AWS KMS " + t.KmsKey.Arn, true
	case *keyservice.Key_GcpKmsKey:
		return "Google Cloud KMS " + t.GcpKmsKey.ResourceId, true
	case *keyservice.Key_AzureKeyvaultKey:
		return fmt.Sprintf("Azure Key Vault %s/keys/%s", t.AzureKeyvaultKey.VaultUrl, t.AzureKeyvaultKey.Name), true
	case *keyservice.Key_VaultKey:
		return fmt.Sprintf("Vault %s/v1/%s/keys/%s", t.VaultKey.VaultAddress, t.VaultKey.EnginePath, t.VaultKey.KeyName), true
	case *keyservice.Key_HckmsKey:
		return "Huawei Cloud KMS " + t.HckmsKey.KeyId, true
	default:
		return "a key of an unknown kind", true
	}
}

// names are the master keys of all groups.
func names(groups []sops.KeyGroup) []string {
	var out []string
	for _, group := range groups {
		for _, key := range group {
			k := keyservice.KeyFromMasterKey(key)
			name, _ := keyName(&k)
			out = append(out, name)
		}
	}
	return out
}

// unopened says why no key opens a file: the right one is not at hand, or what the file says of its keys is damaged.
func (k *service) unopened(at diag.Position, groups []sops.KeyGroup, needed int) diag.Finding {
	var causes []string
	for _, f := range k.failed {
		if damaged(f.err) || k.holds(f.key) {
			return diag.Errorf(RuleTampered, at, "the data key for %s is damaged: the sops block was changed after it was written", f.key).
				WithHint("restore the file from git")
		}
		kind, _, _ := strings.Cut(f.key, "1")
		if kind != "age" {
			kind = f.key
		}
		if cause := kind + ": " + reason(f.err); !slices.Contains(causes, cause) {
			causes = append(causes, cause)
		}
	}
	why := "none of the keys that can read this file is at hand"
	if opened := k.opened(groups); opened > 0 {
		why = fmt.Sprintf("the keys at hand open %d of the %d key groups that this file needs", opened, needed)
	}
	return diag.Errorf(RuleNoKey, at, "%s: it is encrypted for %s", why, strings.Join(names(groups), ", ")).
		WithHint("%s\nwho can read it adds your key to %s and runs: kubectl otomi secrets rekey", strings.Join(causes, "\n"), ConfigFile)
}

// opened is how many groups have a key that did not fail.
func (k *service) opened(groups []sops.KeyGroup) int {
	failed := map[string]bool{}
	for _, f := range k.failed {
		failed[f.key] = true
	}
	n := 0
	for _, group := range groups {
		if slices.ContainsFunc(names([]sops.KeyGroup{group}), func(name string) bool { return !failed[name] }) {
			n++
		}
	}
	return n
}

// holds reports whether the identity of an age recipient is at hand although it does not open the data key: what is closed for the
// recipient now is opened by nobody else. Recipients of plugins are not asked, for their devices would ask people again.
func (k *service) holds(recipient string) bool {
	_, classic := age.ParseX25519Recipient(recipient)
	_, hybrid := age.ParseHybridRecipient(recipient)
	if classic != nil && hybrid != nil {
		return false
	}
	key := &keyservice.Key{KeyType: &keyservice.Key_AgeKey{AgeKey: &keyservice.AgeKey{Recipient: recipient}}}
	closed, err := k.local.Encrypt(context.Background(), &keyservice.EncryptRequest{Key: key, Plaintext: []byte("is the identity at hand?")})
	if err != nil {
		return false
	}
	_, err = k.local.Decrypt(context.Background(), &keyservice.DecryptRequest{Key: key, Ciphertext: closed.Ciphertext})
	return err == nil
}

// damaged reports whether a data key that age closed is not what age wrote: it could not be tried, or it was opened and what is
// in it is broken.
func damaged(err error) bool {
	var wrong *age.NoIdentityMatchError
	var broken *armor.Error
	if errors.As(err, &wrong) {
		return false
	}
	said := func(text string) bool { return strings.Contains(err.Error(), text) }
	return errors.As(err, &broken) || slices.ContainsFunc([]string{
		"failed to read header", "bad header MAC", "failed to read nonce", "invalid X25519 recipient", "failed to parse X25519 recipient", "failed to copy age decrypted data",
	}, said)
}

// reason is the cause of a key's failure, shorter than the libraries say it.
func reason(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if strings.HasSuffix(text, "with pgp:") { // what gpg itself said would follow
		text += " gpg did not run; is it in PATH?"
	}
	return strings.NewReplacer("failed to create reader for decrypting sops data key with age: ", "", ": incorrect identity for recipient block", "",
		". Did not find keys in locations ", "; no keys in ", ". Did not find keys in location ", "; no keys in ", "failed to load age identities", "there is no identity",
		", and '", ", ", "'", "").Replace(strings.TrimSuffix(text, "."))
}
