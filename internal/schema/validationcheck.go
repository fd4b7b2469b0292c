package schema

import (
	"errors"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/otomi/kubectl-otomi/internal/cel"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// allRules bounds what the rules of one check may cost together: five rules that run as long as one may.
const allRules = 5_000_000

// budget is what is left of it. One check at a time spends it.
type budget struct {
	sync.Mutex
	doc   diag.Position // of the schema
	spent uint64
	tired map[*rule]bool // rules that ran away
}

// validate has the library check a value, the rules included.
func (c *compiled) validate(v any) error {
	if b := c.budget; b != nil {
		b.Lock()
		defer b.Unlock()
		b.spent, b.tired = 0, map[*rule]bool{}
	}
	return c.root.Validate(v)
}

// rules are those of one schema: an extension of the library, which knows where they apply.
type rules struct {
	rules  []*rule
	budget *budget
}

// brokenRule is a rule that does not hold, or that failed.
type brokenRule struct {
	kind.Group // what the library asks of an error, and nobody reads
	rule       *rule
	why        error // nil: it does not hold
}

var errBudget = errors.New("all rules together take too long")

// Validate asks the rules about one value. Nobody can say what a placeholder stands for, so nothing is asked about what
// holds one.
func (r rules) Validate(ctx *jsonschema.ValidatorContext, v any) {
	if v == nil || holdsPlaceholder(v) {
		return
	}
	for _, rule := range r.rules {
		if r.budget.tired[rule] || r.budget.spent > allRules {
			continue // is reported already
		}
		ok, cost, err := rule.holds.True(v)
		r.budget.tired[rule] = errors.Is(err, cel.ErrCost)
		if r.budget.spent += cost; r.budget.spent > allRules {
			err = errBudget
		}
		if err != nil || !ok {
			ctx.AddError(&brokenRule{rule: rule, why: err})
		}
	}
}

func holdsPlaceholder(v any) bool {
	switch v := v.(type) {
	case string:
		return v == values.Placeholder
	case []any:
		for _, item := range v {
			if holdsPlaceholder(item) {
				return true
			}
		}
	case map[string]any:
		for _, item := range v {
			if holdsPlaceholder(item) {
				return true
			}
		}
	}
	return false
}

// settled leaves out what rules say that does not count. A rule that failed on a value in which something else is wrong
// expects the types that the schema names, and that what is required is there. What was not looked at in time, because of
// one rule or of all, is not known, and what was is left to chance.
func settled(all []violation) []violation {
	var others []violation
	tired := map[*rule]bool{}
	for _, v := range all {
		b, ok := v.kind.(*brokenRule)
		switch {
		case !ok:
			others = append(others, v)
		case errors.Is(b.why, errBudget):
			tired[nil] = true
		case errors.Is(b.why, cel.ErrCost):
			tired[b.rule] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(v violation) bool {
		b, ok := v.kind.(*brokenRule)
		switch {
		case !ok:
			return false
		case tired[nil]:
			return !errors.Is(b.why, errBudget)
		case tired[b.rule]:
			return !errors.Is(b.why, cel.ErrCost)
		}
		return b.why != nil && slices.ContainsFunc(others, func(other violation) bool {
			return len(other.path) >= len(v.path) && slices.Equal(other.path[:len(v.path)], v.path)
		})
	})
}

// broken is about a rule: at the value that it names, else at the value that it is about.
func (c *checker) broken(v violation, k *brokenRule) diag.Finding {
	path := v.path
	for _, name := range k.rule.field {
		if c.root.Lookup(below(path, name)...) == nil {
			break
		}
		path = below(path, name)
	}
	n := c.root.Lookup(v.path...)
	if k.why != nil {
		return c.failedRule(n, path, k)
	}
	message := k.rule.message()
	if k.rule.wording != nil {
		// A message that cannot be made, or needs a secret number, is no reason to keep quiet.
		if m, err := k.rule.wording.Text(shown(n)); err == nil && m != "" {
			message = m
		}
	}
	return diag.Errorf("schema-rule", c.written(path, k.rule.Rule.At()), "%s", message).WithPath(source.Path(path)).
		WithNote(k.rule.Rule.At(), "the rule stands here")
}

// failedRule is about a rule that gave neither yes nor no. What the library says of it may hold values.
func (c *checker) failedRule(n *source.Node, path []string, k *brokenRule) diag.Finding {
	const rule = "schema-rule-failed"
	switch {
	case errors.Is(k.why, errBudget):
		return diag.Errorf(rule, c.compiled.budget.doc, "the rules of the schema take too long together").WithHint(bounds)
	case errors.Is(k.why, cel.ErrCost):
		return diag.Errorf(rule, k.rule.Rule.At(), "the rule takes too long").WithHint(bounds)
	}
	why := k.why
	if holdsHidden(n) {
		if _, _, why = k.rule.holds.True(shown(n)); why == nil {
			why = errSecret
		}
	}
	f := diag.Errorf(rule, c.written(path, k.rule.Rule.At()), "the rule cannot be evaluated: %v", why).WithPath(source.Path(path)).
		WithNote(k.rule.Rule.At(), "the rule stands here")
	if errors.Is(why, cel.ErrMissing) {
		f.Hint = "let the rule ask with has() whether the key is there: !has(self.key) || …"
	}
	return f
}

const bounds = "let it go through lists and maps once, not once per item, and bound them with maxItems and maxProperties"

var errSecret = errors.New("it depends on a secret")

func holdsHidden(n *source.Node) bool {
	if n.Kind.Scalar() {
		return n.Hidden()
	}
	for _, item := range n.Items {
		if holdsHidden(item) {
			return true
		}
	}
	return false
}

// shown is a value as messages may see it.
func shown(n *source.Node) any {
	switch {
	case n.Kind == source.Map:
		m := make(map[string]any, len(n.Keys))
		for i, k := range n.Keys {
			m[k.Name] = shown(n.Items[i])
		}
		return m
	case n.Kind == source.List:
		l := make([]any, len(n.Items))
		for i, item := range n.Items {
			l[i] = shown(item)
		}
		return l
	case n.Hidden() && n.Kind == source.String:
		return values.Redacted
	case n.Hidden() && n.Kind != source.Null:
		return cel.Unknown{Why: errSecret.Error()}
	default:
		return n.Value()
	}
}
