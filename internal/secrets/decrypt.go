// Package secrets works on SOPS files in memory: encrypted text goes in, plain text comes out, nothing touches the disk.
package secrets

import (
	"errors"
	"fmt"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/cmd/sops/formats"
	"github.com/getsops/sops/v3/decrypt"
)

// Decrypt turns the text of a SOPS YAML file into its plain text. The keys are found as SOPS finds them: age identities,
// cloud KMS, the user's gpg.
func Decrypt(_ string, data []byte) ([]byte, error) {
	plain, err := decrypt.DataWithFormat(data, formats.Yaml)
	switch {
	case err == nil:
		return plain, nil
	case errors.Is(err, sops.MetadataNotFound):
		return nil, errors.New("decrypt: the file's sops block is incomplete; was it written half?")
	case strings.Contains(err.Error(), "MAC"):
		return nil, fmt.Errorf("decrypt: the file was changed after it was encrypted: %w", err)
	default:
		return nil, fmt.Errorf("decrypt: %w", err)
	}
}
