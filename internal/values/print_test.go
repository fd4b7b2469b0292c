package values_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// anyText is a text of pieces that YAML might read as something else.
func anyText(r *rand.Rand) string {
	pieces := []string{"a", "b c", "#", " # x", ": ", "\n", "\n\n", " ", "  ", "\t", "- ", "'", `"`, `\`, "{", "]", "&a", "*a", "!t", "%", "@", "|", ">", "\r", "\u0085", "\u2028", "ä", "no", "1", "~", "null", "0x1", "---", "...", "<<", "=", "\x07", "true", "False", "NULL", "yes", "word/with-all_4.x", "name"}
	text := ""
	for range r.IntN(5) {
		text += pieces[r.IntN(len(pieces))]
	}
	return text
}

func anyValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(9); {
	case n < 3 && depth > 0:
		m := map[string]any{}
		for range r.IntN(4) {
			m[anyText(r)] = anyValue(r, depth-1)
		}
		return m
	case n < 5 && depth > 0:
		l := []any{}
		for range r.IntN(4) {
			l = append(l, anyValue(r, depth-1))
		}
		return l
	case n == 5:
		return []any{nil, true, int64(0), int64(-7), 1e30, uint64(1 << 63)}[r.IntN(6)]
	default:
		return anyText(r)
	}
}

// TestOriginIsComments: with or without origins, what is printed is the same tree.
func TestOriginIsComments(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 4000 {
		want := map[string]any{"x": anyValue(r, 4)}
		root, err := source.FromValue(&source.File{Name: anyText(r) + ".yaml"}, want)
		if err != nil {
			t.Fatal(err)
		}
		for _, print := range []values.Print{{}, {Origin: true}} {
			text, err := print.YAML(root)
			if err != nil {
				t.Fatal(err)
			}
			again, findings := source.Parse("again", text)
			if diff := cmp.Diff(root.Value(), again.Value()); diff != "" || len(findings) > 0 {
				t.Fatalf("%+v: %v\n%s\n%s", print, findings, diff, text)
			}
		}
		line, err := values.Print{}.Line(root, 1<<20)
		if err != nil || strings.ContainsAny(line, "\n\r\u0085\u2028\x07") {
			t.Fatalf("Line = %q, %v", line, err)
		}
		again, findings := source.Parse("again", []byte(line))
		if diff := cmp.Diff(root.Value(), again.Value()); diff != "" || len(findings) > 0 {
			t.Fatalf("Line: %v\n%s\n%s", findings, diff, line)
		}
	}
}

// TestOriginNamesEveryLeaf: every leaf has its place behind it, multi-line texts at their first line.
func TestOriginNamesEveryLeaf(t *testing.T) {
	l := layer(t, "l.yaml", "a: |\n  one\n  two\nb: {}\nc: []\nd: [1, {e: x}]\nf: null\ng: |+\n  keep\n\nh:\n  - |\n    item\n    more\n  - []\n")
	rules := &values.Rules{KeepNull: true}
	rules.Rest = rules
	tree, _ := values.Merge([]values.Layer{l}, rules)
	text, err := values.Print{Origin: true}.YAML(tree.Root)
	if err != nil {
		t.Fatal(err)
	}
	want := `a: | # l.yaml:1:4
  one
  two
b: {} # l.yaml:4:4
c: [] # l.yaml:5:4
d:
  - 1 # l.yaml:6:5
  - e: x # l.yaml:6:12
f: null # l.yaml:7:4
g: |+ # l.yaml:8:4
  keep

h:
  - | # l.yaml:12:5
    item
    more
  - [] # l.yaml:15:5
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
}

func TestFingerprint(t *testing.T) {
	secret, open := &source.File{Name: "secrets.yaml", Secret: true}, &source.File{Name: "open.yaml"}
	show := func(key string, n *source.Node) string {
		return fmt.Sprint(values.Print{Key: []byte(key)}.Plain(n))
	}
	text := func(file *source.File, kind source.Kind, text string) *source.Node {
		return &source.Node{File: file, Kind: kind, Text: text}
	}
	one := show("k", text(secret, source.String, "5"))
	if want := "secret:"; !strings.HasPrefix(one, want) || len(one) != len(want)+12 {
		t.Errorf("a fingerprint is %s", one)
	}
	for name, c := range map[string]struct {
		got  string
		same bool
	}{
		"the same value":       {show("k", text(secret, source.String, "5")), true},
		"another layer":        {show("k", text(&source.File{Name: "b", Secret: true}, source.String, "5")), true},
		"secret by the schema": {show("k", &source.Node{File: open, Secret: true, Kind: source.String, Text: "5"}), true},
		"another key":          {show("l", text(secret, source.String, "5")), false},
		"another value":        {show("k", text(secret, source.String, "6")), false},
		"another kind":         {show("k", text(secret, source.Int, "5")), false},
		"no secret":            {show("k", text(open, source.String, "5")), false},
	} {
		if (c.got == one) != c.same {
			t.Errorf("%s: %s, the first is %s", name, c.got, one)
		}
	}
	if got := show("k", text(secret, source.Bool, "true")); !strings.HasPrefix(got, "secret:") {
		t.Errorf("a secret boolean is shown as %s", got)
	}
	if got := show("k", text(secret, source.String, values.Placeholder)); got != values.Encrypted {
		t.Errorf("a placeholder is shown as %s", got)
	}
	if got := (values.Print{}).Plain(text(secret, source.String, "5")); got != values.Redacted {
		t.Errorf("without a key a secret is shown as %v", got)
	}
}
