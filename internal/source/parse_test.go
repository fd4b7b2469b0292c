package source_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
)

func TestScalars(t *testing.T) {
	for text, want := range map[string]any{
		"99999999999999999999": json.Number("99999999999999999999"), "-0": int64(0), "007": int64(7), "-012": int64(-10), "0xffffffffffffffffff": json.Number("4722366482869645213695"),
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

// TestBreaks: what ends a line for the parser, and for no editor, ends none in positions.
func TestBreaks(t *testing.T) {
	for _, r := range []string{"\u0085", "\u2028", "\u2029"} {
		for text, want := range map[string]string{
			"a: \"x" + r + "y\"\nb: yes\n":              "x.yaml:2:4",
			"a: \"x" + r + "y" + r + "\"\r\n\r\nb: yes": "x.yaml:3:4",
			"a: [\"ä" + r + "y\", yes]\n":               "x.yaml:1:12",
			"a: \"x" + r + "y\"\nb: }\n":                "x.yaml:2:4",
			"a: \"x" + r + "y\"\n--- b\n":               "x.yaml:2:1",
		} {
			_, findings := source.Parse("x.yaml", []byte(text))
			if len(findings) != 1 || findings[0].At.String() != want {
				t.Errorf("Parse(%q) = %v, want a finding at %s", text, findings, want)
			}
		}
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

// TestTags: a scalar is what its tag says, or it is an error.
func TestTags(t *testing.T) {
	for text, want := range map[string]string{
		"!!bool no":        "unknown-tag x.yaml:1:4 tag !!bool cannot be used on a string",
		"!!int abc":        "unknown-tag x.yaml:1:4 tag !!int cannot be used on a string",
		"!!null x":         "unknown-tag x.yaml:1:4 tag !!null cannot be used on a string",
		"!!int 1.5":        "unknown-tag x.yaml:1:4 tag !!int cannot be used on a number",
		"!!float 1":        "number 1",
		`!!int "5"`:        "integer 5",
		"!!str no":         "string no",
		"!!bool true":      "boolean true",
		"{<<: {}, <<: {}}": "duplicate-key x.yaml:1:13 key << is set twice in one map",
	} {
		n, findings := source.Parse("x.yaml", []byte("a: "+text+"\n"))
		got := ""
		if len(findings) > 0 {
			got = findings[0].Rule + " " + findings[0].At.String() + " " + findings[0].Message
		} else if a := n.Get("a"); a != nil {
			got = a.Kind.String() + " " + a.Text
		}
		if got != want {
			t.Errorf("Parse(%s) = %s, want %s", text, got, want)
		}
	}
}

func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "---\n", "~\n", "\ufeff"} {
		if n, findings := source.Parse("x.yaml", []byte(text)); n != nil || len(findings) > 0 {
			t.Errorf("Parse(%q) = %v, %v, want nothing", text, n, findings)
		}
	}
}
