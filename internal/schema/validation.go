package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/cel"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// validations is the keyword that holds rules about several values at once, in the form that CRDs have.
const validations = "x-validations"

// validation is one item of it, as written.
type validation struct {
	Rule              *source.Node `json:"rule"`
	Message           *source.Node `json:"message"`
	MessageExpression *source.Node `json:"messageExpression"`
	Reason            *source.Node `json:"reason"`
	FieldPath         *source.Node `json:"fieldPath"`

	field []string // of FieldPath
}

// readValidations reads the rules of one schema, without those that are wrong.
func readValidations(n *source.Node, path []string) ([]validation, diag.Findings) {
	var items []*source.Node
	findings := source.Decode(n, &items)
	var out []validation
	for _, item := range items {
		if item == nil {
			continue // an empty one is known already
		}
		var v validation
		wrong := source.Decode(item, &v)
		if wrong = append(wrong, v.check(item)...); len(wrong) == 0 {
			out = append(out, v)
		}
		findings = append(findings, wrong...)
	}
	for i, f := range findings {
		findings[i].Rule, findings[i].Path = invalid, source.Path(below(path, validations))
		if strings.Contains(f.Message, "optionalOldSelf") {
			findings[i].Hint = noOldSelf
		}
	}
	return out, findings
}

const noOldSelf = "values have no old state: rules know self alone"

// check checks what does not need the rule's expressions to be compiled.
func (v *validation) check(item *source.Node) diag.Findings {
	var out diag.Findings
	if item.Kind != source.Map {
		return out // is known already
	}
	for _, n := range []*source.Node{v.Rule, v.Message, v.MessageExpression, v.Reason, v.FieldPath} {
		if n != nil && n.Kind != source.String {
			out = append(out, diag.Errorf(invalid, n.At(), "want a string, have %s", excerpt(n)))
		}
	}
	reasons := []string{"FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"}
	switch {
	case strings.TrimSpace(text(v.Rule)) == "" && len(out) == 0:
		out = append(out, diag.Errorf(invalid, item.At(), "a rule of %s needs an expression", validations).
			WithHint(`write rule: "self.min <= self.max"`))
	case v.Reason != nil && !slices.Contains(reasons, v.Reason.Text):
		f := diag.Errorf(invalid, v.Reason.At(), "want one of %s, have %s", strings.Join(reasons, ", "), excerpt(v.Reason))
		f.Hint = diag.DidYouMean(v.Reason.Text, reasons)
		out = append(out, f)
	}
	if v.FieldPath != nil {
		var ok bool
		if v.field, ok = fieldPath(text(v.FieldPath)); !ok {
			out = append(out, diag.Errorf(invalid, v.FieldPath.At(), "want a path below self, have %s", excerpt(v.FieldPath)).
				WithHint("write it like .limits.cpu or ['a.b'].c"))
		}
	}
	return out
}

// fieldPath reads a path in the form of CRDs: .a.b, or ['a.b'] for keys that are no identifiers.
func fieldPath(s string) ([]string, bool) {
	var path []string
	for s != "" {
		var name string
		var ok bool
		switch {
		case strings.HasPrefix(s, "['"):
			name, s, ok = strings.Cut(s[2:], "']")
		case s[0] == '.':
			end := strings.IndexAny(s[1:], ".[") + 1
			if end == 0 {
				end = len(s)
			}
			name, s, ok = s[1:end], s[end:], true
		}
		if name == "" || !ok {
			return nil, false
		}
		path = append(path, name)
	}
	return path, len(path) > 0
}

// rule is a validation that is ready to run.
type rule struct {
	validation
	holds   *cel.Program
	wording *cel.Program // nil: Message says what is wrong
}

// message is what a rule says without its messageExpression.
func (r *rule) message() string {
	if m := strings.TrimSpace(text(r.Message)); m != "" {
		return m
	}
	return fmt.Sprintf("the rule %s does not hold", short(strings.Join(strings.Fields(r.Rule.Text), " "), 200))
}
