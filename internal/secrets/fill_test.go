package secrets_test

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/secrets"
)

func TestFill(t *testing.T) {
	ann := person(t)
	become(t, ann)
	c := repo(t, readableFor(ann))
	made, err := c.Fill(name, nil, []secrets.Value{{Path: []string{"web", "pin"}, Text: "0123"}, {Path: []string{"web", "cert"}, Text: "a\nb\n"}}, day(1))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := decrypted(t, string(made)), "web:\n    pin: \"0123\"\n    cert: |\n        a\n        b\n"; got != want {
		t.Errorf("a new file holds\n%s\nwant\n%s", got, want)
	}
	file := encrypt(t, c, plain)
	filled, err := c.Fill(name, []byte(file), []secrets.Value{{Path: []string{"web", "token"}, Text: "t0ken"}, {Path: []string{"db", "on"}, Text: "on"}}, day(2))
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(file) {
		if !strings.Contains(string(filled), l) && !strings.Contains(l, "mac:") && !strings.Contains(l, "lastmodified:") {
			t.Errorf("this line of the file changes: %s", l)
		}
	}
	if got := decrypted(t, string(filled)); !strings.Contains(got, "    token: t0ken\ndb:\n    \"on\": \"on\"\n") {
		t.Errorf("filled:\n%s", got)
	}
	for _, path := range [][]string{{"web", "password"}, {"web", "password", "x"}, {"web"}} {
		if _, err := c.Fill(name, []byte(file), []secrets.Value{{Path: path, Text: "other"}}, day(2)); err == nil {
			t.Errorf("Fill changes %v, which is there", path)
		} else {
			finding(t, err)
		}
	}
}

func TestFillPlain(t *testing.T) {
	ann := person(t)
	become(t, ann)
	for text, want := range map[string]string{
		"0042\n": "42", "-7": "-7", "0.5": "0.5", "1e3": "1000", "1e-9": "1e-09", "true": "true", "false": "false", "9223372036854775807": "9223372036854775807",
		"9223372036854775808": "", "0x10": "", "1_000": "", "inf": "", "NaN": "", "yes": "", "": "", "a": "", "1 2": "",
	} {
		v, ok := secrets.Value{Path: []string{"pin"}, Text: text}.Unquoted()
		if ok != (want != "") || ok && v.Text != want {
			t.Errorf("Unquoted(%q) = %q, %v, want %q", text, v.Text, ok, want)
		}
		if !ok {
			continue
		}
		made, err := repo(t, readableFor(ann)).Fill(name, nil, []secrets.Value{v}, day(1))
		if err != nil {
			t.Errorf("Fill(%q): %v", text, err)
		} else if got := decrypted(t, string(made)); got != "pin: "+want+"\n" {
			t.Errorf("Fill(%q) = %q", text, got)
		}
	}
}
