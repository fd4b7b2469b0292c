package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
)

func TestScalars(t *testing.T) {
	for text, want := range map[string]any{
		"true": true, "False": false, "null": nil, "~": nil, "0644": int64(420), "0o17": int64(15), "0x1F": int64(31), "089": int64(89),
		"+5": int64(5), "-7": int64(-7), "1e3": 1000.0, "1.": 1.0, ".5": 0.5, "9007199254740993": int64(9007199254740993),
		"18446744073709551615": uint64(18446744073709551615), "2021-05-13": "2021-05-13", "1_000": "1_000", "12:30:45": "12:30:45",
		`"no"`: "no", "'0644'": "0644", "!!str 12": "12", "+": "+", ".": ".", "e3": "e3", "1e": "1e", "1e+": "1e+", "-1.5E-2": -0.015, "+-1": "+-1", "nope": "nope", "0b11": "0b11", "1.33": 1.33, "v1": "v1",
	} {
		n, findings := source.Parse("x.yaml", []byte("a: "+text))
		if findings.Failed() {
			t.Errorf("Parse(%s): %v", text, findings)
			continue
		}
		if diff := cmp.Diff(want, n.Get("a").Value()); diff != "" {
			t.Errorf("Parse(%s) (-want +got):\n%s", text, diff)
		}
	}
}

func TestPositions(t *testing.T) {
	n, findings := source.Parse("x.yaml", []byte("\ufeffb:\r\n  - c: 1\r\n  - d\r\na: &x {e: f}\r\ng: *x\r\n"))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	for path, want := range map[string]string{"a": "x.yaml:4:4", "a/e": "x.yaml:4:11", "b/0/c": "x.yaml:2:8", "b/1": "x.yaml:3:5", "g/e": "x.yaml:4:11"} {
		if got := n.Lookup(strings.Split(path, "/")...).At().String(); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
	if n.Lookup("b", "2") != nil || n.Lookup("b", "x") != nil || n.Lookup("z", "y") != nil {
		t.Error("Lookup found what is not there")
	}
}

func TestMergeKeys(t *testing.T) {
	n, findings := source.Parse("x.yaml", []byte("base: &b {p: 1, q: 2}\nmore: &m {q: 3, r: 4}\na:\n  <<: [*b, *m]\n  p: 9\n"))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	want := map[string]any{"p": int64(9), "q": int64(2), "r": int64(4)}
	if diff := cmp.Diff(want, n.Get("a").Value()); diff != "" {
		t.Errorf("merge keys (-want +got):\n%s", diff)
	}
}

func TestBadInput(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 9; i++ {
		prev, name := string(rune('0'+i-1)), string(rune('0'+i))
		bomb += "a" + name + ": &a" + name + " [" + strings.TrimSuffix(strings.Repeat("*a"+prev+", ", 10), ", ") + "]\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"duplicate key":        {"a: 1\nb: 2\na: 3\n", `x.yaml:3:1: key "a" is set twice in one map`},
		"ambiguous value":      {"enabled: no\n", `x.yaml:1:10: no is a string in YAML 1.2 and a boolean in YAML 1.1 (write true or false, or "no" in quotes for the string)`},
		"ambiguous key":        {"on: 1\n", `x.yaml:1:1: the key on is a string in YAML 1.2 and a boolean in YAML 1.1 (write "on" in quotes)`},
		"two documents":        {"a: 1\n---\nb: 2\n", `x.yaml:2:1: a second document begins here; one file holds one (move it to a file of its own)`},
		"unknown tag":          {"a: !foo 1\n", `x.yaml:1:4: tag !foo cannot be used on a scalar`},
		"replace on a list":    {"a: !!binary [1]\n", `x.yaml:1:4: tag !!binary cannot be used on a list`},
		"not a number":         {"a: .inf\n", `x.yaml:1:4: .inf has no form in JSON, which Kubernetes and charts use`},
		"a list as a key":      {"[a]: 1\n", `x.yaml:1:1: a key must be a string`},
		"merge key":            {"a:\n  <<: 5\n", `x.yaml:2:7: << takes a map or a list of maps, not an integer`},
		"alias to itself":      {"a: &a\n  b: *a\n", `x.yaml:2:6: the alias *a stands inside the value that it names`},
		"aliases that blow up": {bomb, `x.yaml:6:50: the aliases of this file stand for more than 1048576 values`},
		"nesting":              {strings.Repeat("[", 300) + strings.Repeat("]", 300), `x.yaml:1:202: more than 200 levels of nesting`},
		"not UTF-8":            {"a: 1\nb: \xff\n", `x.yaml:2: the file is not UTF-8 text (save it as UTF-8)`},
		"syntax in line 1":     {"a: }\n", `x.yaml:1: did not find expected node content`},
		"syntax of a token":    {"a: 1\n\tb: 2\n", `x.yaml:2: found a tab character that violates indentation`},
		"a key out of line":    {"a:\n  b: 1\n c: 2\n", `x.yaml:3: did not find expected key`},
		"syntax":               {"a: [1\nb: 2\n", `x.yaml:2: did not find expected ',' or ']'`},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := source.Parse("x.yaml", []byte(c.text))
			if got := findings.Error(); got != c.want {
				t.Errorf("Parse = %s\nwant    %s", got, c.want)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "---\n", "~\n", "\ufeff"} {
		if n, findings := source.Parse("x.yaml", []byte(text)); n != nil || len(findings) > 0 {
			t.Errorf("Parse(%q) = %v, %v, want nothing", text, n, findings)
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, findings := source.Parse("x.yaml", make([]byte, source.MaxBytes+1))
	if !strings.Contains(findings.Error(), "more than the 33554432 a file may have") {
		t.Errorf("Parse of a large file = %v", findings)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a: 1", "a: &x [1]\nb: *x", "{<<: {a: b}}", "a: !replace {}", "? [x]\n: y", "a: |\n  x\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		if n, findings := source.Parse("x.yaml", data); !findings.Failed() {
			n.Value()
		}
	})
}
