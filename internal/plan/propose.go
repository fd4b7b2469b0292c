package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// proposed is for how many objects an approval is written out. Of more than that a flag is the better word.
const proposed = 100

// propose writes the approval that allows what was refused, and nothing else.
func propose(b *strings.Builder, rule string, objects []object.ID, until time.Time) {
	if len(objects) > proposed {
		return
	}
	fmt.Fprintf(b, "\n    or add to approvals in otomi.yaml:\n      - rule: %s", rule)
	if len(objects) > 0 {
		b.WriteString("\n        objects:")
		for _, id := range objects {
			b.WriteString("\n          - " + pattern(id))
		}
	}
	b.WriteString("\n        reason: …")
	if !until.IsZero() {
		b.WriteString("\n        until: " + until.Format(time.DateOnly))
	}
}

// pattern is an object as an approval names it: names may hold what has a meaning in patterns, or in YAML.
func pattern(id object.ID) string {
	text := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(id.String())
	if strings.ContainsAny(text, `\*?[]{}#,&!|>'"%@`+"`") || strings.Contains(text, ": ") || strings.HasSuffix(text, ":") {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return text
}

// proposals are the approvals for all that belongs to somebody else.
func (p *Problems) proposals(b *strings.Builder) {
	var objects, fields []object.ID
	for _, c := range p.Conflicts {
		if c.Path == "" {
			objects = append(objects, c.ID)
		} else {
			fields = append(fields, c.ID)
		}
	}
	for _, group := range []struct {
		rule string
		ids  []object.ID
	}{{RuleOwner, objects}, {RuleField, fields}} {
		if len(group.ids) > 0 {
			slices.SortFunc(group.ids, object.ID.Compare)
			propose(b, group.rule, slices.Compact(group.ids), p.Until)
		}
	}
}
