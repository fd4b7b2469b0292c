package source

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

type common struct {
	Name string `json:"name"`
}

// level decodes itself from the words low and high.
type level int

func (l *level) DecodeNode(n *Node) diag.Findings {
	switch n.Text {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return diag.Findings{diag.Errorf("level", n.At(), "no such level")}
	}
	return nil
}

type sample struct {
	common
	On      *bool              `json:"on"`
	Count   int32              `json:"count"`
	Port    uint16             `json:"port"`
	Ratio   float64            `json:"ratio"`
	Wait    time.Duration      `json:"wait"`
	Labels  map[string]string  `json:"labels"`
	List    []common           `json:"list"`
	Any     any                `json:"any"`
	Raw     *Node              `json:"raw"`
	Level   level              `json:"level"`
	Levels  []level            `json:"levels"`
	ByName  map[string]*common `json:"byName"`
	Private string             `json:"-"`
}

func TestDecode(t *testing.T) {
	n, findings := Parse("f.yaml", []byte(`
name: x
"on": false
count: 3
port: 65535
ratio: 2
wait: 1m30s
labels: {a: b}
list: [{name: one}, {name: two}]
any: {deep: [1, x]}
raw: {kept: true}
level: high
levels: [low]
byName: {k: {name: v}}
`))
	if findings.Failed() {
		t.Fatal(findings)
	}
	var got sample
	if f := Decode(n, &got); len(f) > 0 {
		t.Fatalf("Decode found %v, want nothing", f)
	}
	if got.Raw.Get("kept").Text != "true" {
		t.Errorf("raw = %v, want the node", got.Raw.Value())
	}
	got.Raw = nil
	off := false
	want := sample{
		common: common{Name: "x"}, On: &off, Count: 3, Port: 65535, Ratio: 2, Wait: 90 * time.Second,
		Labels: map[string]string{"a": "b"}, List: []common{{"one"}, {"two"}},
		Any: map[string]any{"deep": []any{int64(1), "x"}}, Level: 2, Levels: []level{1}, ByName: map[string]*common{"k": {"v"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
}

func TestDecodeFindings(t *testing.T) {
	for _, tc := range []struct{ name, yaml, want string }{
		{"unknown field", "nmae: x\n", `f.yaml:1:1: nmae: unknown field "nmae" (did you mean "name"?)`},
		{"unknown field below", "list:\n  - name: a\n    foo: 1\n", `f.yaml:3:5: list[0].foo: unknown field "foo" (the fields are name)`},
		{"hidden field", "Private: x\n", `f.yaml:1:1: Private: unknown field "Private" (the fields are any, byName, count, labels, level, levels, list, name, on, port, ratio, raw, wait)`},
		{"string", "name: 1.10\n", `f.yaml:1:7: name: want a string, have the number 1.1 (write it in quotes)`},
		{"boolean", "\"on\": \"true\"\n", `f.yaml:1:7: on: want true or false, have the string "true"`},
		{"integer", "count: 1.5\n", `f.yaml:1:8: count: want an integer, have the number 1.5`},
		{"too large", "count: 3000000000\n", `f.yaml:1:8: count: want an integer, have the integer 3000000000`},
		{"negative", "port: -1\n", `f.yaml:1:7: port: want an integer that is not negative, have the integer -1`},
		{"number", "ratio: x\n", `f.yaml:1:8: ratio: want a number, have the string "x"`},
		{"duration", "wait: 10\n", `f.yaml:1:7: wait: want a duration such as "90s" or "10m", have the integer 10`},
		{"list", "list: {}\n", `f.yaml:1:7: list: want a list, have the map`},
		{"map", "labels: [a]\n", `f.yaml:1:9: labels: want a map, have the list`},
		{"map value", "labels: {a: 1}\n", `f.yaml:1:13: labels.a: want a string, have the integer 1 (write it in quotes)`},
		{"struct", "byName: {k: v}\n", `f.yaml:1:13: byName.k: want a map, have the string "v"`},
		{"own decoder", "levels: [low, mid]\n", `f.yaml:1:15: levels[1]: no such level`},
		{"all of them", "name: 1\ncount: x\n", "f.yaml:2:8: count: want an integer, have the string \"x\"\nf.yaml:1:7: name: want a string, have the integer 1 (write it in quotes)"},
		{"null", "name: null\nlist: ~\n", ""},
		{"empty item", "list:\n  - name: a\n  -\n", `f.yaml:3:4: list[1]: this item of the list is empty (write a value behind the dash, or remove it)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n, findings := Parse("f.yaml", []byte(tc.yaml))
			if findings.Failed() {
				t.Fatal(findings)
			}
			var got sample
			if msg := Decode(n, &got).Error(); msg != tc.want {
				t.Errorf("Decode found\n%s\nwant\n%s", msg, tc.want)
			}
		})
	}
}

func TestDecodeHidesSecrets(t *testing.T) {
	n, _ := ParseFile(&File{Name: "secrets.yaml", Secret: true}, []byte("count: hunter2\n"))
	var got sample
	if msg := Decode(n, &got).Error(); strings.Contains(msg, "hunter2") || msg == "" {
		t.Errorf("Decode found %q, want a finding without the value", msg)
	}
}
