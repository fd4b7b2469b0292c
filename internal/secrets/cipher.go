package secrets

import (
	"fmt"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
)

// keeper encrypts as SOPS does, and gives a value that it has decrypted at the same path the very text back that it had: what
// did not change does not differ in git. Items of a list share a path, so equal ones are given back in their order.
type keeper struct {
	read, write aes.Cipher
	kept        map[keptKey][]string
	failed      *string // the first text that could not be decrypted
}

type keptKey struct{ path, kind, text string }

func newKeeper() *keeper {
	return &keeper{read: aes.NewCipher(), write: aes.NewCipher(), kept: map[keptKey][]string{}}
}

func key(path string, plain any) keptKey {
	if c, ok := plain.(sops.Comment); ok {
		return keptKey{path, "comment", c.Value}
	}
	return keptKey{path, fmt.Sprintf("%T", plain), fmt.Sprint(plain)}
}

// Decrypt decrypts one value of a file.
func (k *keeper) Decrypt(text string, dataKey []byte, path string) (any, error) {
	plain, err := k.read.Decrypt(text, dataKey, path)
	if err != nil {
		if k.failed == nil {
			k.failed = &text
		}
		return nil, err
	}
	if text != "" {
		at := key(path, plain)
		k.kept[at] = append(k.kept[at], text)
	}
	return plain, nil
}

// Encrypt encrypts one value of a file.
func (k *keeper) Encrypt(plain any, dataKey []byte, path string) (string, error) {
	at := key(path, plain)
	if kept := k.kept[at]; len(kept) > 0 {
		k.kept[at] = kept[1:]
		return kept[0], nil
	}
	return k.write.Encrypt(plain, dataKey, path)
}
