package secrets_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3/cmd/sops/formats"
	"github.com/getsops/sops/v3/decrypt"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets"
)

const plain = `# who may do what
web:
    # of the administrator
    password: hunter2-hunter2 # ask Ann
    port: 8443
    ratio: 0.5
    tls: true
    none: null
    empty: ""
    since: 2024-01-31
    hosts:
        - a.example.com # first
        - same
        - same
    key: |
        -----BEGIN KEY-----
        c2VjcmV0
        -----END KEY-----
    8080: number-key
`

// hidden are the values of plain that must not be found anywhere.
func hidden() []string {
	return []string{"hunter2", "8443", "2024-01-31", "a.example.com", "same", "c2VjcmV0", "administrator", "Ann"}
}

func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

func person(t *testing.T) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// become makes the process the person with these keys and nobody else.
func become(t *testing.T, who ...*age.X25519Identity) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	var list []string
	for _, w := range who {
		list = append(list, w.String())
	}
	t.Setenv("SOPS_AGE_KEY", strings.Join(list, "\n"))
}

// repo is a values repo whose .sops.yaml is text.
func repo(t *testing.T, text string) secrets.Config {
	t.Helper()
	dir := t.TempDir()
	c := secrets.Config{FS: os.DirFS(dir), Dir: dir}
	write(t, c, text)
	return c
}

func write(t *testing.T, c secrets.Config, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.Dir, secrets.ConfigFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readableFor is a .sops.yaml for people.
func readableFor(who ...*age.X25519Identity) string {
	var list []string
	for _, w := range who {
		list = append(list, w.Recipient().String())
	}
	return "creation_rules:\n  - path_regex: env/.*\n    age: [" + strings.Join(list, ", ") + "]\n"
}

const name = "env/secrets.web.yaml"

func encrypt(t *testing.T, c secrets.Config, text string) string {
	t.Helper()
	out, err := c.Encrypt(name, []byte(text), day(1))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func decrypted(t *testing.T, file string) string {
	t.Helper()
	out, err := secrets.Decrypt(name, []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// finding is the only finding of an error.
func finding(t *testing.T, err error) diag.Finding {
	t.Helper()
	var findings diag.Findings
	if !errors.As(err, &findings) || len(findings) != 1 {
		t.Fatalf("error = %v, want one finding", err)
	}
	for _, s := range hidden() {
		if text := findings[0].String(); strings.Contains(text, s) {
			t.Errorf("the finding shows %s: %s", s, text)
		}
	}
	return findings[0]
}

func TestThereAndBack(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	file := encrypt(t, c, plain)
	for _, s := range hidden() {
		if strings.Contains(file, s) {
			t.Errorf("the encrypted file shows %s:\n%s", s, file)
		}
	}
	want := strings.NewReplacer("since: 2024-01-31", `since: "2024-01-31"`, "8080: number-key", `"8080": number-key`,
		"- a.example.com # first", "# first\n        - a.example.com"). // in a list SOPS keeps a comment as an item of its own
		Replace(plain)
	if got := decrypted(t, file); got != want {
		t.Errorf("decrypted:\n%s\nwant:\n%s", got, want)
	}
	// SOPS' own library reads what we write. It moves comments that stand behind values; the values are the same.
	theirs, err := decrypt.DataWithFormat([]byte(file), formats.Yaml)
	if err != nil || !strings.Contains(string(theirs), "password: hunter2-hunter2") {
		t.Errorf("sops decrypts: %v\n%s", err, theirs)
	}
	if !secrets.Encrypted([]byte(file)) || secrets.Encrypted([]byte(plain)) {
		t.Error("Encrypted does not tell plain text from SOPS files")
	}
}

func TestEditKeepsWhatDidNotChange(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	file := encrypt(t, c, plain)
	changed := strings.Replace(decrypted(t, file), "port: 8443", "port: 9443", 1)
	out, err := c.Edit(name, []byte(file), []byte(changed), day(2))
	if err != nil {
		t.Fatal(err)
	}
	if got := decrypted(t, string(out)); got != changed {
		t.Errorf("decrypted after the edit:\n%s\nwant:\n%s", got, changed)
	}
	before, after := strings.Split(file, "\n"), strings.Split(string(out), "\n")
	var different []string
	for i, line := range before {
		if i >= len(after) || after[i] != line {
			different = append(different, strings.TrimSpace(strings.SplitN(line, ":", 2)[0]))
		}
	}
	if got := strings.Join(different, " "); got != "port lastmodified mac" || len(before) != len(after) {
		t.Errorf("the lines that differ are %q, want port lastmodified mac\n%s\n%s", got, file, out)
	}
}

func TestEditMovesListItems(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	file := encrypt(t, c, "l: [one-secret, two-secret, same-secret, same-secret]\n")
	out, err := c.Edit(name, []byte(file), []byte("l: [new-secret, two-secret, same-secret, one-secret, same-secret]\n"), day(2))
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for line := range strings.Lines(file) {
		if strings.HasPrefix(strings.TrimSpace(line), "- ENC[") && strings.Contains(string(out), line) {
			kept++
		}
	}
	if kept != 4 {
		t.Errorf("%d of 4 items kept their text\n%s\n%s", kept, file, out)
	}
}

func TestWrongKey(t *testing.T) {
	ann, bob := person(t), person(t)
	become(t, ann)
	file := encrypt(t, repo(t, readableFor(ann)), plain)
	become(t, bob)
	_, err := secrets.Decrypt(name, []byte(file))
	f := finding(t, err)
	if f.Rule != secrets.RuleNoKey || !strings.Contains(f.Message, ann.Recipient().String()) || f.At.Line == 0 {
		t.Errorf("another's key: %s %v", f.Rule, f)
	}
	if !strings.Contains(f.Hint, "did not match") {
		t.Errorf("hint = %s, want that the identity did not match", f.Hint)
	}
	become(t)
	os.Unsetenv("SOPS_AGE_KEY") //nolint:errcheck // set back by t.Setenv
	_, err = secrets.Decrypt(name, []byte(file))
	if f := finding(t, err); f.Rule != secrets.RuleNoKey || !strings.Contains(f.Hint, "SOPS_AGE_KEY_FILE") || !strings.Contains(f.Hint, "keys.txt") {
		t.Errorf("no key: %s %v, want where keys were looked for", f.Rule, f)
	}
}

func TestDamage(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	file := encrypt(t, c, plain)
	line := func(key string) string {
		for l := range strings.Lines(file) {
			if strings.HasPrefix(strings.TrimSpace(l), key+": ") {
				return l
			}
		}
		t.Fatalf("no line %s", key)
		return ""
	}
	value := func(line string) string {
		return strings.TrimSpace(strings.SplitN(strings.SplitN(line, ": ", 2)[1], " #", 2)[0])
	}
	password, port := line("password"), line("port")
	lines := strings.SplitAfter(file[:strings.Index(file, "-----END AGE")], "\n")
	payload := lines[len(lines)-2] // its end
	for what, c := range map[string]struct{ text, rule, at, message string }{
		"renamed":   {strings.Replace(file, "    tls:", "    slt:", 1), secrets.RuleTampered, "", "changed or moved"},
		"removed":   {strings.Replace(file, port, "", 1), secrets.RuleTampered, "", "added, removed, moved or renamed"},
		"swapped":   {strings.NewReplacer(value(password), value(port), value(port), value(password)).Replace(file), secrets.RuleTampered, name + ":4:15", "changed or moved"},
		"plain":     {strings.Replace(file, password, "    password: hunter2\n", 1), secrets.RulePlain, name + ":4:15", "in plain text"},
		"number":    {strings.Replace(file, password, "    password: 8443\n", 1), secrets.RulePlain, name + ":4:15", "in plain text"},
		"flipped":   {strings.Replace(file, password, strings.Replace(password, "data:", "data:AAAA", 1), 1), secrets.RuleTampered, name + ":4:15", "changed or moved"},
		"recipient": {strings.Replace(file, "BEGIN AGE", "BEGIN EGA", 1), secrets.RuleTampered, "", "data key"},
		"payload":   {strings.Replace(file, payload, strings.Replace(payload, payload[20:24], "AbCd", 1), 1), secrets.RuleTampered, "", "data key"},
		"shortened": {strings.Replace(file, payload, "", 1), secrets.RuleTampered, "", "data key"},
		"comments":  {strings.NewReplacer(password, "    password: hunter2\n", "unencrypted_suffix: _unencrypted", "unencrypted_comment_regex: readable").Replace(file), secrets.RuleTampered, name + ":4:15", "is not encrypted"},
		"numbers":   {strings.NewReplacer(password, "    password: 8443\n", "unencrypted_suffix: _unencrypted", "unencrypted_comment_regex: readable").Replace(file), secrets.RuleTampered, name + ":4:15", "is not encrypted"},
		"cut":       {file[:strings.Index(file, "sops:")], secrets.RuleHalfWritten, "", "no sops block"},
		"cut later": {file[:strings.Index(file, "    mac:")], secrets.RuleHalfWritten, "", "has no mac"},
		"conflict":  {"<<<<<<< HEAD\n" + file, secrets.RuleHalfWritten, "", ""},
		"never":     {plain, secrets.RuleNotEncrypted, name, "not encrypted"},
	} {
		_, err := secrets.Decrypt(name, []byte(c.text))
		f := finding(t, err)
		if f.Rule != c.rule || !strings.Contains(f.Message, c.message) || c.at != "" && f.At.String() != c.at {
			t.Errorf("%s: %s [%s], want %q [%s] at %s", what, f, f.Rule, c.message, c.rule, c.at)
		}
	}
	for n := range file { // cut anywhere: never plain values, never a panic
		if out, err := secrets.Decrypt(name, []byte(file[:n])); err == nil && string(out) != decrypted(t, file) {
			t.Fatalf("cut after %d bytes the file decrypts to\n%s", n, out)
		}
	}
}

func TestRekey(t *testing.T) {
	ann, bob, eve := person(t), person(t), person(t)
	become(t, ann)
	c := repo(t, readableFor(ann, eve))
	file := encrypt(t, c, plain)

	out, change, err := c.Rekey(name, []byte(file), day(2))
	if err != nil || !change.None() || string(out) != file {
		t.Errorf("nobody came or left: %v %+v", err, change)
	}

	write(t, c, readableFor(ann, eve, bob))
	joined, change, err := c.Rekey(name, []byte(file), day(2))
	if err != nil || change.Rotated || len(change.Removed) > 0 || strings.Join(change.Added, " ") != bob.Recipient().String() {
		t.Fatalf("bob joins: %v %+v", err, change)
	}
	for l := range strings.Lines(file) {
		if !strings.Contains(string(joined), l) {
			t.Errorf("bob joins, and this line changes: %s", l)
		}
	}
	become(t, bob)
	decrypted(t, string(joined))

	write(t, c, readableFor(ann, bob))
	left, change, err := c.Rekey(name, joined, day(3))
	if err != nil || !change.Rotated || len(change.Added) > 0 || strings.Join(change.Removed, " ") != eve.Recipient().String() {
		t.Fatalf("eve leaves: %v %+v", err, change)
	}
	want := decrypted(t, string(joined))
	if got := decrypted(t, string(left)); got != want {
		t.Errorf("eve leaves, and the values become\n%s", got)
	}
	for l := range strings.Lines(string(joined)) {
		if strings.Contains(l, "ENC[") && strings.Contains(string(left), strings.TrimSpace(l)) {
			t.Errorf("eve leaves, and with the old data key this can still be read: %s", l)
		}
	}
	become(t, eve)
	if _, err := secrets.Decrypt(name, left); err == nil {
		t.Error("eve has left and reads the file")
	}
	if _, _, err := c.Rekey(name, left, day(3)); err != nil {
		t.Errorf("nothing to do, yet a stranger fails: %v", finding(t, err))
	}
}
