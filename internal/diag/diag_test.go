package diag_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func TestSuggest(t *testing.T) {
	words := []string{"replicas", "image", "enabled", "namespace", "os"}
	for word, want := range map[string]string{
		"replcas": "replicas", "Replicas": "replicas", "iamge": "image", "enable": "enabled", "namespaces": "namespace",
		"so": "os", "x": "", "completely": "", "image": "", "": "",
	} {
		if got := diag.Suggest(word, words); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := diag.DidYouMean("imgae", words); got != `did you mean "image"?` {
		t.Errorf("DidYouMean = %s", got)
	}
	if got := diag.DidYouMean("zzz", words); got != "" {
		t.Errorf("DidYouMean = %s, want nothing", got)
	}
}

func findings() diag.Findings {
	return diag.Findings{
		diag.Warningf("unread-file", diag.Position{File: "b.yaml"}, "no cluster reads this file"),
		diag.Errorf("schema-type", diag.Position{File: "a.yaml", Line: 2, Col: 13}, "want an integer, have %q", "two").
			WithPath("web.replicas").WithHint("write a number").WithNote(diag.Position{File: "schema.yaml", Line: 9}, "how many there are"),
		{Severity: diag.Info, Rule: "x", Message: "for your information", Object: "Pod/a/b", Clusters: []string{"dev", "prod"}},
	}
}

func TestText(t *testing.T) {
	source := func(file string) []byte {
		if file == "a.yaml" {
			return []byte("web:\r\n\treplicas: two\r\nmore: 1\r\n")
		}
		return nil
	}
	f := findings()
	f.Sort()
	var b strings.Builder
	if err := (diag.Text{Source: source}).Print(&b, f); err != nil {
		t.Fatal(err)
	}
	want := `info: Pod/a/b: for your information [x] (dev, prod)
a.yaml:2:13: error: web.replicas: want an integer, have "two" [schema-type]
    2 |  replicas: two
      |             ^
    schema.yaml:9: how many there are
    write a number
b.yaml: warning: no cluster reads this file [unread-file]
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("Print (-want +got):\n%s", diff)
	}
	b.Reset()
	if err := (diag.Text{Color: true}).Print(&b, f[2:]); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "\x1b[1mb.yaml\x1b[0m: \x1b[1;33mwarning\x1b[0m: no cluster reads this file [unread-file]\n"; got != want {
		t.Errorf("Print in colour = %q, want %q", got, want)
	}
}

func TestFindings(t *testing.T) {
	f := findings()
	if !f.Failed() || f.Err() == nil || f[2:].Failed() || f[2:].Err() != nil {
		t.Error("an error finding must fail, others must not")
	}
	if got, want := f.Error(), `a.yaml:2:13: web.replicas: want an integer, have "two" (write a number)`; got != want {
		t.Errorf("Error() = %s, want %s", got, want)
	}
	if f.Count(diag.Warning) != 1 || f.Count(diag.Error) != 1 {
		t.Error("wrong counts")
	}
	base := f[1]
	base.WithNote(diag.Position{}, "another")
	if len(base.Notes) != 1 {
		t.Error("WithNote changed the finding that it was called on")
	}
}
