package secrets_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age/armor"

	"github.com/otomi/kubectl-otomi/internal/secrets"
)

// TestPGP goes through the user's gpg, the only program that is ever called.
func TestPGP(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skipf("PGP is not tested: %v", err)
	}
	home, err := os.MkdirTemp("", "gpg") // short: the agent's socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GNUPGHOME", home)
	gpg := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("gpg", append([]string{"--batch", "--passphrase", ""}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("gpg %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--kill", "gpg-agent").Run() // the one of this home
		_ = os.RemoveAll(home)
	})
	gpg("--quick-generate-key", "ann@example.com", "default", "default", "never")
	fingerprint := ""
	for line := range strings.Lines(gpg("--list-keys", "--with-colons")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			fingerprint = fields[9]
			break
		}
	}
	become(t)
	c := repo(t, "creation_rules: [{pgp: "+fingerprint+"}]\n")
	file := encrypt(t, c, plain)
	if got := decrypted(t, file); !strings.Contains(got, "password: hunter2-hunter2") {
		t.Errorf("decrypted:\n%s", got)
	}
	empty, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(empty) })
	t.Setenv("GNUPGHOME", empty)
	_, err = secrets.Decrypt(name, []byte(file))
	if f := finding(t, err); f.Rule != secrets.RuleNoKey || !strings.Contains(f.Message, "PGP "+fingerprint) {
		t.Errorf("without the key: %s %v", f.Rule, f)
	}
}

// TestCloud makes sure that the right cloud is asked, and not for ever: none of them can be reached.
func TestCloud(t *testing.T) {
	become(t)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	t.Setenv("VAULT_TOKEN", "none")
	for rule, want := range map[string]string{
		"kms: arn:aws:kms:eu-west-1:123456789012:key/1b2c":                                  "AWS KMS arn:aws:kms:eu-west-1:123456789012:key/1b2c",
		"gcp_kms: projects/p/locations/global/keyRings/r/cryptoKeys/k":                      "Google Cloud KMS projects/p/locations/global/keyRings/r/cryptoKeys/k",
		"hc_vault_transit_uri: http://127.0.0.1:1/v1/transit/keys/k":                        "Vault http://127.0.0.1:1/v1/transit/keys/k",
		"key_groups: [{kms: [{arn: 'arn:aws:kms:eu-west-1:123456789012:key/2', role: r}]}]": "AWS KMS arn:aws:kms:eu-west-1:123456789012:key/2",
	} {
		began := time.Now()
		_, err := repo(t, "creation_rules: [{"+rule+"}]\n").Encrypt(name, []byte(plain), day(1))
		if f := finding(t, err); f.Rule != "encrypt" || !strings.Contains(f.Message, "encrypt for "+want+": ") {
			t.Errorf("%s: %v, want %s", rule, f, want)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: took %s", rule, took)
		}
	}
}

// TestGroups: parts of the data key are shared out, and as many groups as the threshold says are needed.
func TestGroups(t *testing.T) {
	ann, bob, eve := person(t), person(t), person(t)
	become(t, ann, bob)
	groups := "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [" + ann.Recipient().String() + "]\n      - age: [" + bob.Recipient().String() + "]\n      - age: [" + eve.Recipient().String() + "]\n"
	c := repo(t, groups)
	file := encrypt(t, c, plain)
	want := decrypted(t, file)
	become(t, eve)
	if _, err := secrets.Decrypt(name, []byte(file)); err == nil {
		t.Error("one group of two opens the file")
	}
	become(t, ann, eve)
	if got := decrypted(t, file); got != want {
		t.Errorf("decrypted by two other groups:\n%s", got)
	}
	_, change, err := c.Rekey(name, []byte(file), day(2))
	if err != nil || !change.None() {
		t.Errorf("nothing changed: %v %+v", err, change)
	}
	write(t, c, strings.Replace(groups, "shamir_threshold: 2", "shamir_threshold: 3", 1))
	out, change, err := c.Rekey(name, []byte(file), day(2))
	if err != nil || change.Threshold != [2]int{2, 3} {
		t.Fatalf("three are needed: %v %+v", err, change)
	}
	if _, err := secrets.Decrypt(name, out); err == nil {
		t.Error("two groups of three open the file")
	}
	become(t, ann, bob, eve)
	if got := decrypted(t, string(out)); got != want {
		t.Errorf("decrypted by three groups:\n%s", got)
	}
}

// TestDamagedDataKey damages each byte of a data key: whoever has the key is told so, and everybody else that it is not theirs.
func TestDamagedDataKey(t *testing.T) {
	ann, ben := person(t), person(t)
	become(t, ann)
	file := encrypt(t, repo(t, readableFor(ann)), "a: hunter2\n")
	from := strings.Index(file, "-----BEGIN AGE")
	to := strings.Index(file, "-----END AGE ENCRYPTED FILE-----") + len("-----END AGE ENCRYPTED FILE-----")
	indent := file[strings.LastIndexByte(file[:from], '\n'):from]
	closed, err := io.ReadAll(armor.NewReader(strings.NewReader(strings.ReplaceAll(file[from:to], indent, "\n"))))
	if err != nil {
		t.Fatal(err)
	}
	damaged := func(i int) []byte {
		var out strings.Builder
		w := armor.NewWriter(&out)
		broken := slices.Clone(closed)
		broken[i] ^= 1
		if _, err := w.Write(broken); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return []byte(file[:from] + strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", indent) + file[to:])
	}
	if got, err := secrets.Decrypt(name, []byte(file[:from]+strings.ReplaceAll(file[from:to], indent, indent)+file[to:])); err != nil {
		t.Fatalf("undamaged: %s, %v", got, err)
	}
	for i := range closed {
		_, err := secrets.Decrypt(name, damaged(i))
		if f := finding(t, err); f.Rule != secrets.RuleTampered {
			t.Errorf("byte %d of the data key: %s: %s\n%s, want %s", i, f.Rule, f.Message, f.Hint, secrets.RuleTampered)
		}
	}
	become(t, ben)
	_, err = secrets.Decrypt(name, []byte(file))
	if f := finding(t, err); f.Rule != secrets.RuleNoKey {
		t.Errorf("with another key: %s: %s, want %s", f.Rule, f.Message, secrets.RuleNoKey)
	}
	become(t)
	_, err = secrets.Decrypt(name, damaged(40))
	if f := finding(t, err); f.Rule != secrets.RuleNoKey {
		t.Errorf("without a key: %s: %s, want %s", f.Rule, f.Message, secrets.RuleNoKey)
	}
}
