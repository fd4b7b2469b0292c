package scaffold

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/getsops/sops/v3/age"
)

// Options say what the repo is for.
type Options struct {
	Name     string   // of the repo
	Cluster  string   // the first one
	Cloud    string   // where it is; a folder of env/clouds/
	Domain   string   // below which the cluster's hosts are
	Context  string   // its name in a kubeconfig, "" for none
	Age      []string // who can read the encrypted files: public keys
	Bare     bool     // without the embedded core
	Folder   string   // of the repo in its git repository, "" for all of that
	Revision string   // of the plugin's repository, which the pre-commit hook and the CI workflow install
}

// Workflow is the name of the CI workflow's file. In a git repository there may be one for each of several folders.
func (o Options) Workflow() string {
	if o.Folder == "" {
		return "validate.yaml"
	}
	return "validate-" + regexp.MustCompile(`[^-.0-9A-Za-z_]+`).ReplaceAllString(o.Folder, "-") + ".yaml"
}

// Check says what is wrong with the options, in the words of the flags that set them.
func (o Options) Check() error {
	label := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	for _, f := range []struct{ flag, value string }{{"--name", o.Name}, {"--cluster", o.Cluster}, {"--cloud", o.Cloud}} {
		if !label.MatchString(f.value) || len(f.value) > 63 {
			return fmt.Errorf("%s: %q is no name: want lower-case letters, digits and '-', at most 63", f.flag, f.value)
		}
	}
	for part := range strings.SplitSeq(o.Domain, ".") {
		if !label.MatchString(part) || len(part) > 63 || len(o.Domain) > 253 {
			return fmt.Errorf("--domain: %q is no DNS name", o.Domain)
		}
	}
	for _, recipient := range o.Age {
		if err := checkRecipient(recipient); err != nil {
			return fmt.Errorf("--age: %w", err)
		}
	}
	return nil
}

// checkRecipient never repeats a private key that was taken for a public one.
func checkRecipient(recipient string) error {
	if strings.Contains(strings.ToUpper(recipient), "SECRET") || strings.Contains(recipient, "PRIVATE") {
		return errors.New("this is a private key; want the public one, which begins with age1")
	}
	if strings.ContainsAny(recipient, ",\r\n") {
		return fmt.Errorf("%q is more than one key; repeat the flag", recipient)
	}
	if _, err := age.MasterKeyFromRecipient(recipient); err != nil {
		return fmt.Errorf("%q is no public key of age, which begins with age1", recipient)
	}
	return nil
}

// Revision is what git and go know a version of the plugin by: its tag, or the commit where it has none.
func Revision(version string) string {
	version, _, _ = strings.Cut(version, "+")
	commit := regexp.MustCompile(`[-.](?:\d{14}-|\d+-g)([0-9a-f]{7,40})$`).FindStringSubmatch(version) // as go and git describe name one
	switch {
	case commit != nil:
		return commit[1]
	case regexp.MustCompile(`^v\d+\.\d+\.\d+(-[-.0-9A-Za-z]+)?$`).MatchString(version) && !strings.HasPrefix(version, "v0.0.0-"):
		return version
	default:
		return "main" // built outside git
	}
}
