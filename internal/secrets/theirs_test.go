package secrets_test

import (
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/stores/yaml"
	"github.com/getsops/sops/v3/version"
)

// TestTheirs reads and edits a file that the sops program's own functions wrote.
func TestTheirs(t *testing.T) {
	ann := person(t)
	become(t, ann)
	store := yaml.NewStore(&config.YAMLStoreConfig{})
	branches, err := store.LoadPlainFile([]byte(plain[:strings.Index(plain, "    8080")])) // its keys are strings
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := age.MasterKeyFromRecipient(ann.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	tree := sops.Tree{Branches: branches, Metadata: sops.Metadata{KeyGroups: []sops.KeyGroup{{recipient}}, Version: version.Version, UnencryptedSuffix: "_unencrypted"}}
	dataKey, errs := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if err := common.EncryptTree(common.EncryptTreeOpts{Tree: &tree, Cipher: aes.NewCipher(), DataKey: dataKey}); err != nil {
		t.Fatal(err)
	}
	file, err := store.EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	text := decrypted(t, string(file))
	if !strings.Contains(text, "password: hunter2-hunter2 # ask Ann\n") || !strings.Contains(text, "since: 2024-01-31T00:00:00Z\n") {
		t.Errorf("decrypted:\n%s", text)
	}
	c := repo(t, readableFor(ann))
	edited, err := c.Edit(name, file, []byte(strings.Replace(text, "8443", "9443", 1)), day(2))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		if key, _, _ := strings.Cut(strings.TrimSpace(line), ":"); !strings.Contains(string(edited), line) && !strings.Contains("port since mac lastmodified", key) {
			t.Errorf("an edit of the port changes %s", line)
		}
	}
}
