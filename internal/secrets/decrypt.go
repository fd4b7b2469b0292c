package secrets

import "github.com/otomi/kubectl-otomi/internal/diag"

// Decrypt turns the text of a SOPS file into its plain text, comments included. The keys are found as SOPS finds them:
// age identities in the environment or in the user's configuration, credentials of clouds, the user's gpg. An error is a
// diag.Findings.
func Decrypt(name string, data []byte) ([]byte, error) {
	f, findings := open(name, data, 0)
	if findings.Failed() {
		return nil, findings
	}
	plain, err := f.text()
	if err != nil {
		return nil, unwritable(name)
	}
	return plain, nil
}

func unwritable(name string) diag.Findings {
	return diag.Findings{diag.Errorf(ruleUnfit, diag.Position{File: name}, "the plain text cannot be written as YAML")}
}
