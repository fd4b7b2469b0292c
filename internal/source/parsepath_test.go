package source_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
)

func TestParsePath(t *testing.T) {
	for text, want := range map[string][]string{
		"a":                    {"a"},
		"a.b":                  {"a", "b"},
		"a[0].b":               {"a", "0", "b"},
		`a["b.c"].d`:           {"a", "b.c", "d"},
		`["x/y"][3]`:           {"x/y", "3"},
		`a["say \"hi\""][""]`:  {"a", `say "hi"`, ""},
		"teams.{file}.ärger-1": {"teams", "{file}", "ärger-1"},
	} {
		if got, err := source.ParsePath(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("ParsePath(%s) = %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":        `read path "": a key is missing; quote one that is empty or holds dots or brackets, as in ["a.b"]`,
		"a.":      `read path "a.": a key is missing; quote one that is empty or holds dots or brackets, as in ["a.b"]`,
		".a":      `read path ".a": a key is missing; quote one that is empty or holds dots or brackets, as in ["a.b"]`,
		"a..b":    `read path "a..b": a key is missing; quote one that is empty or holds dots or brackets, as in ["a.b"]`,
		"a]":      `read path "a]": a key is missing; quote one that is empty or holds dots or brackets, as in ["a.b"]`,
		"a[b]":    `read path "a[b]": brackets hold an index or a quoted key, [0] or ["a.b"]`,
		"a[0":     `read path "a[0": brackets hold an index or a quoted key, [0] or ["a.b"]`,
		"a[0]b":   `read path "a[0]b": a dot or a bracket must follow a bracket`,
		`a["b]`:   `read path "a[\"b]": a quote is not closed`,
		`a["b".c`: `read path "a[\"b\".c": a bracket is not closed`,
	} {
		if got, err := source.ParsePath(text); err == nil || err.Error() != want {
			t.Errorf("ParsePath(%s) = %q, %v, want %s", text, got, err, want)
		}
	}
}

// TestPathAndBack reads back what Path shows of random keys.
func TestPathAndBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("ab01.[]\"\\/ -{}\n\x00ä")
	for range 5000 {
		parts := make([]string, 1+r.IntN(4))
		for i := range parts {
			for range r.IntN(5) {
				parts[i] += string(letters[r.IntN(len(letters))])
			}
		}
		text := source.Path(parts)
		if got, err := source.ParsePath(text); err != nil || !slices.Equal(got, parts) {
			t.Fatalf("ParsePath(Path(%q)) = ParsePath(%s) = %q, %v", parts, text, got, err)
		}
	}
}
