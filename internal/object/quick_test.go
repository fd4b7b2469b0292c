package object

import (
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// alike holds the quick reader against the complete one: what the quick one reads, the other reads without complaint, and alike.
func alike(t *testing.T, text string) (read bool) {
	t.Helper()
	got, ok := readQuickly([]byte(text))
	if !ok || strings.HasPrefix(strings.TrimLeft(text, "\n"), "{") { // JSON has a test of its own
		return false
	}
	js, err := yaml.YAMLToJSONStrict([]byte(text))
	var want map[string]any
	if err == nil {
		err = utiljson.Unmarshal(js, &want)
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%q\nreadQuickly = %#v\nwant          %#v, %v", text, got, want, err)
	}
	return true
}

// manifests are all documents of the repository's YAML files.
func manifests(t testing.TB) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".yaml" && filepath.Ext(name) != ".yml" {
			return err
		}
		data, err := os.ReadFile(name)
		for _, d := range documents(data, isSeparator) {
			all = append(all, string(d.text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestQuickReadsAlike(t *testing.T) {
	quick, all := 0, manifests(t)
	for _, text := range all {
		if alike(t, text) {
			quick++
		}
	}
	if quick*2 < len(all) {
		t.Errorf("%d of %d documents were read quickly, want most", quick, len(all))
	}
}

// TestQuickReadsAlikeWhatIsBroken changes manifests at random: a character, a line, the indentation.
func TestQuickReadsAlikeWhatIsBroken(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	odd := []string{" ", "  ", "\n", "- ", "-", ": ", ":", "#", " #", "'", `"`, "|", "|-", "|+", ">", "{}", "[]", "[", "}", "&a ", "*a", "!t ", "<<", "0", "1e3", "0x1", ".5", "~", "yes", "null", "---", "...", "?", "%", "@", "`", ",", "ü", "\\", "2001-01-01", "_"}
	for _, text := range manifests(t) {
		if len(text) > 5000 {
			continue
		}
		for range 30 {
			at := r.Intn(len(text) + 1)
			cut := min(len(text), at+r.Intn(4)*r.Intn(4))
			alike(t, text[:at]+odd[r.Intn(len(odd))]+text[cut:])
		}
	}
}

func TestQuick(t *testing.T) {
	for _, text := range []string{
		"a: 1\n", "a:\n- 1\n- b: 2\n  c:\n  - d\n", "a:\n  - - 1\n    - 2\n  -\n    b: c\n", "a: |\n  x\n\n   y \n\n\n# c\nb: |-\n\n  x\n   \nc: |+\n  x\n\n",
		"a: 'b' # c\n\"d e\": \"f\"\n'g':\n", "a: {}\nb: []\n", "a: 64Mi\nb: 010\nc: 1_0\nd: 1.50\ne: -1\nf: 2001-01-01\ng: 99999999999999999999\nh: .5\ni: 0b1\n",
		"a: yes\nb: No\nc: nullx\nd: ~\n", "  # c\na: größe\n", "a:\n\n\n  b: c # d\n  # e\n  f: g#h\n", ".dockerconfigjson: x\n", "a: http://x:80/y\n", "a:\n  b\n", "a: --x=1\n", "a",
	} {
		if read := alike(t, text); read == (text == "a" || strings.Contains(text, "~")) {
			t.Errorf("%q: read %v", text, read)
		}
	}
}

func TestJSON(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a": 1, "b": [1.5, {"c": null}], "d": "\u00fc", "e": 9007199254740993}`: true,
		"\n{\n\t\"a\": {}\n}\n":     true,
		`{"a": 1, "a": 2}`:          false,
		`{"b": {"a": 1, "a": 2}}`:   false,
		`{"b": [{"a": 1, "a": 1}]}`: false,
		`{a: 1}`:                    false,
		`{"a": 1} {"a": 2}`:         false,
		"{\"a\": \"\xff\"}":         false,
	} {
		got, ok := readQuickly([]byte(text))
		if ok != want {
			t.Errorf("%q: read %v, want %v", text, ok, want)
			continue
		}
		js, err := yaml.YAMLToJSONStrict([]byte(text))
		var slow map[string]any
		if ok && (err != nil || utiljson.Unmarshal(js, &slow) != nil || !reflect.DeepEqual(got, slow)) {
			t.Errorf("%q = %#v, want %#v, %v", text, got, slow, err)
		}
	}
}

func FuzzQuick(f *testing.F) {
	for _, text := range manifests(f) {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { alike(t, text) })
}
