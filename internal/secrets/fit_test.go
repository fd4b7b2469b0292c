package secrets_test

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// TestEveryValueSurvives encrypts and decrypts what people write: a value comes back as it was, or is refused.
func TestEveryValueSurvives(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	for _, value := range []string{
		"2024-01-31", "2001-12-14t21:59:43.10-05:00", "0644", "0o17", "0x1F", "-7", "9223372036854775807", "1.5", "1e3", "1.0", "-0.0", `"1.0"`, `"0644"`,
		"true", `"true"`, `"yes"`, "null", "~", `""`, "''", `"null"`, `" leading"`, `"trailing "`, `"tab\there"`, `"a\nb"`, `"a\r\nb"`, `"\u2028"`, `"\x00"`,
		"|\n  a\n   b\n\n  c\n", ">\n  folded\n  text\n", "|-\n  x", "|+\n  x\n\n", "[]", "{}", "[[1, [2]], {}]", `{"a b": 1, "1": 2}`, "{2024-01-31: x}", "&a [x, y]",
		`"ENC["`, "ENC[nothing]", `"#no comment"`, "plain # comment", "🔑", `"\ud83d\udd11"`, "C:\\dir", "a: b", "'it''s'", `"<<"`, `{"<<": 1}`, "!replace {a: 1}", "{<<: {a: 1}}",
		"12345678901234567890", "123456789012345678901234567890", "0.1", "1.7976931348623157e308", "1e-7", "4.9e-324", "123456789.123456789",
	} {
		text := "v: " + value + "\nlist:\n  - " + value + "\n"
		if strings.Contains(value, "\n") {
			text = "v: " + value + "\n"
		}
		want, findings := source.Parse("want", []byte(text))
		if findings.Failed() {
			continue
		}
		file, err := c.Encrypt(name, []byte(text), day(1))
		if err != nil {
			if !strings.Contains(value, "!replace") && !strings.Contains(value, "<<: ") && !strings.HasPrefix(value, "1234567890123456789") {
				t.Errorf("%s is refused: %v", value, err)
			}
			continue
		}
		got, findings := source.Parse("got", []byte(decrypted(t, string(file))))
		if findings.Failed() {
			t.Errorf("%s: decrypted to no layer: %v", value, findings)
		}
		for _, at := range [][]string{{"v"}, {"list", "0"}} {
			was, is := want.Lookup(at...), got.Lookup(at...)
			if was != nil && was.Kind == source.String && (is == nil || is.Kind != source.String || is.Text != was.Text) {
				t.Errorf("%s was %q and came back as %q", value, was.Text, is.Text)
			}
		}
	}
}

// TestEveryLineBreak quotes dates below whatever YAML 1.1 counts as the end of a line.
func TestEveryLineBreak(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	for _, end := range []string{"\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029"} {
		text := "a: \"x" + end + "y\" # z" + end + "d: 2024-01-31\n"
		if got := decrypted(t, encrypt(t, c, text)); !strings.Contains(got, "\nd: \"2024-01-31\"\n") {
			t.Errorf("%q decrypts to\n%s", text, got)
		}
	}
}

// TestVerify encrypts what SOPS would change on its way: only reading the result back finds it.
func TestVerify(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	_, err := c.Encrypt(name, []byte("web:\n  since: &since 2024-01-31\n"), day(1))
	if got, want := finding(t, err).String(), name+":2:10: web.since: SOPS would change this value (write it as a string, in quotes)"; got != want {
		t.Errorf("Encrypt says\n%s\nwant\n%s", got, want)
	}
	file := encrypt(t, c, "web:\n  since: never\n")
	_, err = c.Edit(name, []byte(file), []byte("web:\n  since: &since 2024-01-31\n"), day(1))
	if got := finding(t, err); got.Rule != "sops-unfit" || got.Path != "web.since" {
		t.Errorf("Edit says %s", got)
	}
}

// TestWhatIsWrong names keys and counts where they are the fault, and never values.
func TestWhatIsWrong(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	_, err := c.Encrypt(name, []byte("db: {pin: \"42\", n: 4711}\n"), day(1))
	if got, want := finding(t, err).String(), name+`:1:17: the key n is a string in YAML 1.2 and a boolean in YAML 1.1 (write "n" in quotes)`; got != want {
		t.Errorf("Encrypt says\n%s\nwant\n%s", got, want)
	}
	file := encrypt(t, c, plain) + "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for _, n := range []string{"b", "c", "d", "e", "f", "g"} {
		above := string(n[0] - 1)
		file += n + ": &" + n + " [*" + strings.Repeat(above+", *", 9) + above + "]\n"
	}
	_, err = secrets.Decrypt(name, []byte(file))
	if got := finding(t, err); got.Rule != "alias-bomb" || got.Message != "the aliases of this file stand for more than 250000 values" {
		t.Errorf("Decrypt says %s [%s]", got, got.Rule)
	}
}

func TestAliases(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	if got, want := decrypted(t, encrypt(t, c, "a: &x {p: secret-one}\nb: *x\n")), "a:\n    p: secret-one\nb:\n    p: secret-one\n"; got != want {
		t.Errorf("decrypted:\n%s\nwant:\n%s", got, want)
	}
}

func TestScopes(t *testing.T) {
	ann := person(t)
	become(t, ann)
	for settings, readable := range map[string]string{
		"encrypted_regex: ^(password|token)$": "user: ann",
		"unencrypted_suffix: _open":           "x_open: opened",
		"encrypted_suffix: word":              "user: ann",
		"unencrypted_regex: ^user$":           "user: ann",
		"mac_only_encrypted: true":            "",
		"unencrypted_comment_regex: 'public'": "note: noted",
		"encrypted_comment_regex: 'of all'":   "user: ann",
	} {
		c := repo(t, strings.Replace(readableFor(ann), "    age:", "    "+settings+"\n    age:", 1))
		file := encrypt(t, c, "user: ann\nx_open: opened\n# of all\npassword: hunter2-hunter2\n# public\nnote: noted\n")
		if strings.Contains(file, "hunter2") || !strings.Contains(file, readable) {
			t.Errorf("%s: want %q readable and nothing secret:\n%s", settings, readable, file)
		}
		text := decrypted(t, file)
		edited, err := c.Edit(name, []byte(file), []byte(strings.Replace(text, "ann", "bob", 1)), day(2))
		if err != nil {
			t.Errorf("%s: %v", settings, err)
			continue
		}
		if got := decrypted(t, string(edited)); got != strings.Replace(text, "ann", "bob", 1) {
			t.Errorf("%s: edited:\n%s", settings, got)
		}
	}
}

// FuzzDamage decrypts what is left of a file: it is refused, or says what it said.
func FuzzDamage(f *testing.F) {
	f.Add(3, "x")
	f.Add(100, "ENC[AES256_GCM,data:,iv:,tag:,type:str]")
	f.Add(700, "sops:")
	f.Fuzz(func(t *testing.T, at int, text string) {
		ann := person(t)
		become(t, ann)
		file := encrypt(t, repo(t, readableFor(ann)), plain)
		if at < 0 || at > len(file) {
			return
		}
		out, err := secrets.Decrypt(name, []byte(file[:at]+text+file[min(len(file), at+len(text)):]))
		if err != nil {
			for _, s := range hidden() {
				if strings.Contains(err.Error(), s) && !strings.Contains(text, s) {
					t.Errorf("the error shows %s: %v", s, err)
				}
			}
			return
		}
		was, _ := source.Parse("was", []byte(decrypted(t, file)))
		is, _ := source.Parse("is", out)
		if was.Lookup("web", "password").Text != is.Lookup("web", "password").Text {
			t.Errorf("a changed file decrypts to %s", out)
		}
	})
}
