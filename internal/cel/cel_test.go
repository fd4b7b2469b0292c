package cel_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/cel"
)

// app is the type of the values that the tests are about.
func app() *cel.Type {
	of := func(k cel.Kind) *cel.Type { return &cel.Type{Kind: k} }
	node := &cel.Type{Kind: cel.Object}
	node.Fields = map[string]*cel.Type{"name": of(cel.String), "next": node}
	return &cel.Type{Kind: cel.Object, Fields: map[string]*cel.Type{
		"min": of(cel.Int), "max": of(cel.Int), "share": of(cel.Double), "on": of(cel.Bool), "host-name": of(cel.String), "namespace": of(cel.String),
		"tags": {Kind: cel.List, Items: of(cel.String)}, "limits": {Kind: cel.Map, Items: of(cel.String)}, "any": nil, "node": node,
	}}
}

func compile(t *testing.T, expression string, self *cel.Type, gives cel.Kind) (*cel.Program, []cel.Issue) {
	t.Helper()
	env, err := cel.NewEnv()
	if err != nil {
		t.Fatal(err)
	}
	return env.Compile(expression, self, gives)
}

func TestTrue(t *testing.T) {
	self := map[string]any{
		"min": int64(1), "max": int64(3), "share": int64(1), "on": true, "host-name": "a.b", "namespace": "team-a", "tags": []any{"a", "b"},
		"limits": map[string]any{"cpu": "500m", "x-y": "1Gi"}, "any": map[string]any{"n": 2.5, "l": []any{int64(1), "x", nil}},
		"node": map[string]any{"name": "a", "next": map[string]any{"name": "b"}},
	}
	for _, expression := range []string{
		`self.min <= self.max`, `self.share * 2.0 == 2.0`, `self.on`, `self.host__dash__name == 'a.b'`, `self.__namespace__.startsWith('team-')`,
		`self.tags.all(t, t.size() == 1)`, `'a' in self.tags`, `self.limits['x-y'] == '1Gi'`, `self.limits.cpu == '500m'`,
		`quantity(self.limits.cpu).isLessThan(quantity('1'))`, `self.any.n > 2`, `self.any.l[1] == 'x' && self.any.l[2] == null`,
		`self.node.next.name == 'b' && !has(self.node.next.next)`, `self.tags.isSorted()`,
		`url('https://acme.io/x').getHost() == 'acme.io'`, `ip('10.0.0.1').family() == 4`, `cidr('10.0.0.0/8').containsIP('10.1.2.3')`,
		`'abc'.find('b+') == 'b'`, `!format.dns1123Label().validate('a-b').hasValue()`, `semver('1.2.3').isLessThan(semver('2.0.0'))`,
		`sets.contains(self.tags, ['a'])`, `self.limits.all(k, v, v != '')`, `self.?any.?gone.orValue(1) == 1`, `[3, 1, 2].sort() == [1, 2, 3]`,
	} {
		p, issues := compile(t, expression, app(), cel.Bool)
		if len(issues) > 0 {
			t.Errorf("Compile(%s) = %v, want no issues", expression, issues)
			continue
		}
		if ok, _, err := p.True(self); err != nil || !ok {
			t.Errorf("True(%s) = %v, %v, want true", expression, ok, err)
		}
	}
}

func TestText(t *testing.T) {
	p, issues := compile(t, `'at most ' + string(self.max)`, app(), cel.String)
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	if got, err := p.Text(map[string]any{"max": int64(9007199254740993)}); err != nil || got != "at most 9007199254740993" {
		t.Errorf("Text = %q, %v, want the exact number", got, err)
	}
}

// TestObject compiles about an object of which no type is known, under both its names.
func TestObject(t *testing.T) {
	env, err := cel.NewEnv()
	if err != nil {
		t.Fatal(err)
	}
	object := map[string]any{"metadata": map[string]any{"generation": int64(2)}, "status": map[string]any{"phase": "Up", "ready-for": int64(2)}}
	for _, expression := range []string{
		`self.status.phase == 'Up'`, `object.status.phase == 'Up'`, `self.status['ready-for'] == object.metadata.generation`,
		`!has(self.spec)`, `self.?spec.?replicas.orValue(1) == 1`,
	} {
		p, issues := env.CompileObject(expression)
		if len(issues) > 0 {
			t.Errorf("CompileObject(%s) = %v, want no issues", expression, issues)
			continue
		}
		if ok, _, err := p.True(object); err != nil || !ok {
			t.Errorf("True(%s) = %v, %v, want true", expression, ok, err)
		}
	}
	if _, issues := env.Compile(`object.min == 1`, app(), cel.Bool); len(issues) != 1 {
		t.Errorf("Compile of a rule about object = %v, want one issue: rules are about self", issues)
	}
	if _, issues := env.CompileObject(`oldSelf == self`); len(issues) != 1 {
		t.Errorf("CompileObject(oldSelf) = %v, want one issue", issues)
	}
}

func TestIssues(t *testing.T) {
	for expression, want := range map[string][]cel.Issue{
		`self.mni < 1`:          {{1, 5, "undefined field 'mni'"}},
		`self.node.next.nme`:    {{1, 15, "undefined field 'nme'"}},
		`self.min < 'x'`:        {{1, 10, "found no matching overload for '_<_' applied to '(int, string)'"}},
		"self.on &&\n  oldSelf": {{2, 3, "undeclared reference to 'oldSelf'"}},
		`self.on &&`:            {{1, 11, "syntax error: mismatched input '<EOF>'"}},
		`self.min`:              {{1, 1, "want a boolean, the expression gives an int"}},
		`'é'.matches('(')`:      {{1, 13, "invalid matches argument"}},
	} {
		_, issues := compile(t, expression, app(), cel.Bool)
		if diff := cmp.Diff(want, issues); diff != "" {
			t.Errorf("Compile(%q) (-want +got):\n%s", expression, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	long := make([]any, 3000)
	for i := range long {
		long[i] = int64(i)
	}
	for _, test := range []struct {
		expression string
		self       any
		want       string
		is         error
	}{
		{`self.max > 1`, map[string]any{}, "no such key: max", cel.ErrMissing},
		{`self.any.a.b`, map[string]any{"any": map[string]any{"a": map[string]any{}}}, "no such key: b", cel.ErrMissing},
		{`self.any`, map[string]any{"any": int64(1)}, "it gives an int, not a boolean", nil},
		{`self.max > 1`, map[string]any{"max": uint64(1) << 63}, "9223372036854775808 does not fit in an integer of 64 bits", nil},
		{`self.max > 1`, map[string]any{"max": json.Number("99999999999999999999")}, "99999999999999999999 does not fit in an integer of 64 bits", nil},
		{`self.on`, map[string]any{"on": cel.Unknown{Why: "a secret"}}, "a secret", nil},
		{`self.any.all(a, self.any.all(b, self.any.all(c, a + b + c >= 0)))`, map[string]any{"any": long}, "it takes too long", cel.ErrCost},
		{`self.any.map(a, self.any.map(b, self.any.map(c, 'xxxxxxxxxxxxxxxxxxxxxxxxxx'))).size() > 0`, map[string]any{"any": long}, "it takes too long", cel.ErrCost},
	} {
		p, issues := compile(t, test.expression, app(), cel.Bool)
		if len(issues) > 0 {
			t.Errorf("Compile(%s) = %v", test.expression, issues)
			continue
		}
		_, _, err := p.True(test.self)
		if err == nil || err.Error() != test.want || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("True(%s) = %v, want %s", test.expression, err, test.want)
		}
	}
}

// TestBounded compiles what is long and what is deep.
func TestBounded(t *testing.T) {
	for _, expression := range []string{strings.Repeat("(", 5000) + "true" + strings.Repeat(")", 5000), strings.Repeat("true && ", 50_000) + "true"} {
		if _, issues := compile(t, expression, nil, cel.Bool); len(issues) == 0 {
			t.Errorf("Compile of %d characters has no issues, want one", len(expression))
		}
	}
}
