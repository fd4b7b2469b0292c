package values_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// told is an explanation as text, a step a line, the winner marked.
func told(e values.Explanation) string {
	var b strings.Builder
	for _, s := range e.Steps {
		text, _ := values.Print{}.Line(s.Node, 40)
		fmt.Fprintf(&b, "%s %s %s", s.Node.At(), text, s.Effect)
		if len(s.Path) < len(e.Path) {
			fmt.Fprintf(&b, " at %s", source.Path(s.Path))
		}
		if s.Wins {
			b.WriteString(" <")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestExplainTable has a case for every effect.
func TestExplainTable(t *testing.T) {
	keep := &values.Rules{KeepNull: true}
	named := &values.Rules{List: values.ByKey, Items: &values.Rules{Fields: map[string]*values.Rules{"port": {Default: scalar("80")}}}}
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"keep": keep, "app": {List: values.Append}, "pre": {List: values.Prepend}, "key": named,
		"def": {Default: scalar("7")}, "map": {Default: scalar("{in: 1}")}, "list": {List: values.Append, Default: scalar("[1]")},
		"first": {List: values.Prepend, Default: scalar("[1]")}, "byKey": {List: values.ByKey, Default: scalar("[{name: x, v: 1}]")},
		"items": {List: values.ByKey, Items: &values.Rules{Fields: map[string]*values.Rules{"sub": {List: values.Append, Default: scalar("[1]")}}}}, "pw": {Secret: &values.Secret{}},
		"ports": {Items: &values.Rules{Default: scalar("{protocol: TCP}"), Fields: map[string]*values.Rules{"port": {Default: scalar("80")}}}},
		"outer": {Default: scalar("{list: [1]}"), Fields: map[string]*values.Rules{"list": {List: values.Append, Default: scalar("[2]")}}},
	}}
	for _, c := range []struct {
		path   string
		layers []string
		want   string
	}{
		{"a", []string{"a: 1"}, "0:1:4 1 set <\n"},
		{"a", []string{"a: 1", "b: 2", "a: 3"}, "0:1:4 1 set\n2:1:4 3 replaced <\n"},
		{"a", []string{"a: 1", "a: null"}, "0:1:4 1 set\n1:1:4 null removed by null\n"},
		{"a", []string{"a: 1", "a: null", "a: 2"}, "0:1:4 1 set\n1:1:4 null removed by null\n2:1:4 2 set <\n"},
		{"a.b", []string{"a: {b: 1}", "a: null", "a: {c: 1}"}, "0:1:8 1 set\n1:1:4 null removed by null at a\n"},
		{"a.b", []string{"a: {b: 1}", "a: !replace {c: 1}"}, "0:1:8 1 set\n1:1:4 {c: 1} !replace at a\n"},
		{"a.b", []string{"a: {b: 1}", "a: !replace {b: 2}"}, "0:1:8 1 set\n1:1:17 2 !replace <\n"},
		{"a.b", []string{"a: {b: 1}", "!replace {c: 1}"}, "0:1:8 1 set\n1:1:1 {c: 1} !replace at \n"},
		{"a.b", []string{"a: {b: 1}", "a: 5"}, "0:1:8 1 set\n1:1:4 5 replaced at a\n"},
		{"a", []string{"a: {b: 1}", "a: {c: 2}"}, "0:1:4 {b: 1} set\n1:1:4 {c: 2} merged\n"},
		{"a", []string{"a: {b: 1}", "a: !replace {c: 2}"}, "0:1:4 {b: 1} set\n1:1:4 {c: 2} !replace <\n"},
		{"keep", []string{"keep: 1", "keep: null"}, "0:1:7 1 set\n1:1:7 null kept null <\n"},
		{"l", []string{"l: [1, 2]", "l: [3]"}, "0:1:4 [1, 2] set\n1:1:4 [3] replaced <\n"},
		{"l[0].x", []string{"l: [{x: 1}]", "l: [{x: 2}]"}, "0:1:9 1 set\n1:1:9 2 replaced <\n"},
		{"l[1]", []string{"l: [1, 2]", "l: [3]"}, "0:1:8 2 set\n1:1:4 [3] replaced at l\n"},
		{"l[0].x", []string{"l: [{x: 1}]", "l: [{m: 2}]"}, "0:1:9 1 set\n1:1:4 [{m: 2}] replaced at l\n"},
		{"app", []string{"app: [1]", "app: [2]"}, "0:1:6 [1] set\n1:1:6 [2] appended\n"},
		{"app[1]", []string{"app: [1]", "app: [2]"}, "1:1:7 2 appended <\n"},
		{"app[2].x", []string{"app: [{x: 1}]", "app: [x, {x: 2}]"}, "1:1:14 2 set <\n"},
		{"app[0]", []string{"app: [1]", "app: !replace [2]"}, "1:1:16 2 appended <\n"},
		{"pre", []string{"pre: [1]", "pre: [2]"}, "0:1:6 [1] set\n1:1:6 [2] prepended\n"},
		{"pre[1]", []string{"pre: [1]", "pre: [2]"}, "0:1:7 1 prepended <\n"},
		{"key", []string{"key: [{name: x}]", "key: [{name: w}]"}, "0:1:6 [{name: x}] set\n1:1:6 [{name: w}] merged by key\n"},
		{"key[1].v", []string{"key: [{name: x, v: 1}, {name: w, v: 2}]", "key: [{name: w, v: 3}]"}, "0:1:37 2 set\n1:1:20 3 replaced <\n"},
		{"key.w.v", []string{"key: [{name: x, v: 1}, {name: w, v: 2}]", "key: [{name: w, v: 3}]"}, "0:1:37 2 set\n1:1:20 3 replaced <\n"},
		{"key[0].v", []string{"key: [{name: x, v: 1}]", "key: [{name: x, v: null}]"}, "0:1:20 1 set\n1:1:20 null removed by null\n"},
		{"key[0]", []string{"key: [{name: x, v: 1}]", "key: [{name: x, w: 2}]"}, "0:1:7 {name: x, v: 1} set\n1:1:7 {name: x, w: 2} merged\n"},
		{"key[2]", []string{"key: [loose, {name: x}]", "key: [{name: x}, more]"}, "1:1:18 more set <\n"},
		{"key[0].port", []string{"key: [{name: x}]"}, "schema:1:4 80 default <\n"},
		{"key[0].v", []string{"key: [{name: x, v: 1}]", "key: !replace [{name: z}]", "key: [{name: z, v: 4}]"}, "1:1:6 [{name: z}] !replace at key\n2:1:20 4 set <\n"},
		{"def", nil, "schema:1:4 7 default <\n"},
		{"def", []string{"def: 8"}, "schema:1:4 7 default\n0:1:6 8 replaced <\n"},
		{"def", []string{"def: null"}, "schema:1:4 7 default\n0:1:6 null removed by null\n"},
		{"map", []string{"map: {x: 1}"}, "schema:1:4 {in: 1} default\n0:1:6 {x: 1} merged\n"},
		{"map.in", []string{"map: {x: 1}"}, "schema:1:9 1 default <\n"},
		{"map", []string{"map: !replace {x: 1}"}, "schema:1:4 {in: 1} default\n0:1:6 {x: 1} !replace <\n"},
		{"list", []string{"list: !replace [2]"}, "schema:1:4 [1] default\n0:1:7 [2] !replace <\n"},
		{"def", []string{"def: !replace 8"}, "schema:1:4 7 default\n0:1:6 8 !replace <\n"},
		{"list", []string{"list: [2]"}, "schema:1:4 [1] default\n0:1:7 [2] appended\n"},
		{"list[0]", []string{"list: [2]"}, "schema:1:5 1 default <\n"},
		{"list[1]", []string{"list: [2]"}, "0:1:8 2 appended <\n"},
		{"list[0]", []string{"list: null", "list: [2]"}, "0:1:7 null removed by null at list\n1:1:8 2 appended <\n"},
		{"list[0]", []string{"list: !replace [2]"}, "0:1:17 2 appended <\n"},
		{"first[0]", []string{"first: [2]"}, "0:1:9 2 prepended <\n"},
		{"first[1]", []string{"first: [2]"}, "schema:1:5 1 default <\n"},
		{"first[1]", []string{"first: null", "first: [2, 3]"}, "0:1:8 null removed by null at first\n1:1:12 3 prepended <\n"},
		{"byKey.x.v", []string{"byKey: [{name: w}, {name: x, v: 2}]"}, "schema:1:18 1 default\n0:1:33 2 replaced <\n"},
		{"byKey[1].v", []string{"byKey: [{name: w, v: 3}, {name: x, v: 2}]"}, "0:1:22 3 set <\n"},
		{"items.x.sub[1]", []string{"items: [{name: x, sub: [2]}]"}, "0:1:25 2 appended <\n"},
		{"items.x.sub[0]", []string{"items: [{name: x, sub: [2]}]"}, "schema:1:5 1 default <\n"},
		{"outer.list[0]", []string{"outer: {list: [3]}"}, "schema:1:5 2 default <\n"},
		{"outer.list[1]", []string{"outer: {list: [3]}"}, "schema:1:12 1 default <\n"},
		{"outer.list[2]", []string{"outer: {list: [3]}"}, "0:1:16 3 appended <\n"},
		{"map.in", []string{"map: null"}, "schema:1:9 1 default\n0:1:6 null removed by null at map\n"},
		{"map", []string{"map: !replace {in: {x: 1}}"}, "schema:1:4 {in: 1} default\n0:1:6 {in: {x: 1}} !replace <\n"},
		{"map.in", nil, "schema:1:9 1 default <\n"},
		{"map.in", []string{"map: {in: 2}"}, "schema:1:9 1 default\n0:1:11 2 replaced <\n"},
		{"pw", []string{"pw: hunter2", "pw: {deep: hunter2}"}, "0:1:5 <redacted> set\n1:1:5 {deep: <redacted>} replaced <\n"},
		{"gone", []string{"a: 1"}, ""},
		{"ports[0]", []string{"ports: [{x: 1}]"}, "0:1:9 {x: 1} set <\n"},
		{"ports[0].protocol", []string{"ports: [{x: 1}]"}, "0:1:8 [{x: 1}] set at ports\n"},
		{"ports[0].port", []string{"ports: [{x: 1}]"}, "schema:1:4 80 default <\n0:1:8 [{x: 1}] set at ports\n"},
		{"ports[1].port", []string{"ports: [{x: 1}]"}, "0:1:8 [{x: 1}] set at ports\n"},
		{"ports[0].port", nil, ""},
		{"key.y.port", []string{"key: [{name: x}]"}, "0:1:6 [{name: x}] set at key\n"},
		{"key[1].port", []string{"key: [{name: x}]"}, "0:1:6 [{name: x}] set at key\n"},
		{"byKey[0].v", []string{"byKey: null"}, "schema:1:18 1 default\n0:1:8 null removed by null at byKey\n"},
	} {
		var layers []values.Layer
		for i, text := range c.layers {
			layers = append(layers, layer(t, fmt.Sprint(i), text))
		}
		path, err := source.ParsePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		tree, _ := values.Merge(layers, rules)
		if diff := cmp.Diff(c.want, told(tree.Explain(path...))); diff != "" {
			t.Errorf("Explain(%s) of %q (-want +got):\n%s", c.path, c.layers, diff)
		}
	}
}

// TestUnknown: a path may be unset and yet lead somewhere; one that leads through an item that is not there does not.
func TestUnknown(t *testing.T) {
	item := &values.Rules{Fields: map[string]*values.Rules{"port": {Default: scalar("80")}, "command": {}}}
	rules := &values.Rules{Fields: map[string]*values.Rules{"key": {List: values.ByKey, Items: item}, "list": {Items: item}}}
	tree, _ := values.Merge([]values.Layer{layer(t, "l", "key: [{name: w}, {name: x}]\nlist: [{}]")}, rules)
	for path, want := range map[string]string{
		"key.x":           "",
		"key.x.port":      "",
		"key.x.command":   "",
		"key[1].command":  "",
		"list[0].command": "",
		"key.x.comand":    "there is no key.x.comand (did you mean key.x.command?)",
		"key.y":           "there is no key.y (key has 2 items)",
		"key.y.port":      "there is no key.y (key has 2 items)",
		"key[2].command":  "there is no key[2] (key has 2 items)",
		"list[1].port":    "there is no list[1] (list has 1 item)",
	} {
		at, err := source.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree.Unknown(at...).Error(); got != want {
			t.Errorf("Unknown(%s) = %s, want %s", path, got, want)
		}
	}
}
