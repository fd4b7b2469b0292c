package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/redact"
)

// conflictError is fields that other managers own and that are not ours to take.
type conflictError struct{ conflicts []plan.Conflict }

// Error lists the fields.
func (e *conflictError) Error() string {
	lines := make([]string, len(e.conflicts))
	for i, c := range e.conflicts {
		lines[i] = c.String()
	}
	return strings.Join(lines, "; ")
}

// settle decides about fields that others own. People who changed an object by hand are overruled: what is in git counts. So
// are what we handed over ourselves and replicas that an autoscaler left behind. Controllers are not.
func settle(a *plan.Action, causes []metav1.StatusCause) (taken []string, conflicts []plan.Conflict) {
	for _, c := range causes {
		manager, subresource := managerOf(c.Message)
		switch {
		case manager == plan.YieldManager:
		case plan.ByHand(manager), subresource == "scale" && c.Field == ".spec.replicas":
			taken = append(taken, fmt.Sprintf("%s (set by %s%s)", c.Field, manager, when(c.Message)))
		default:
			conflicts = append(conflicts, plan.Conflict{
				ID: a.ID, Path: strings.TrimPrefix(c.Field, "."), Owner: fmt.Sprintf("field manager %q", manager) + plan.ToolOf(manager), Hint: "--force-conflicts",
			})
		}
	}
	return taken, conflicts
}

// when reads since when the other manager has the field.
func when(message string) string {
	m := regexp.MustCompile(` at (\d{4}-[0-9T:-]+Z)`).FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	return " at " + m[1]
}

// managerOf reads who a conflict is with; the API server has it only in the text.
func managerOf(message string) (manager, subresource string) {
	m := regexp.MustCompile(`^conflict with "([^"]*)"(?: with subresource "([^"]*)")?`).FindStringSubmatch(message)
	if m == nil {
		return message, ""
	}
	return m[1], m[2]
}

// transfer changes who owns which fields before the object is applied, or after it was made, where that is needed. It begins with
// the object as it was last seen: where nobody wrote since, that is one request. What the server answers is returned; nil: there
// was nothing to do.
func (r *run) transfer(ctx context.Context, a *plan.Action, seen *plan.Meta) (got *metav1.PartialObjectMetadata, err error) {
	return got, r.repeat(ctx, a, func(ctx context.Context) error {
		s, err := r.kinds.find(ctx, a.Object.GroupVersionKind().GroupKind(), a.Version)
		if err != nil {
			return err
		}
		if seen == nil {
			m, err := r.getMeta(ctx, s, a.ID)
			if err != nil || m == nil {
				return err // what is gone has no owner
			}
			seen = plan.MetaOf(m)
		}
		patch, err := a.Transfer(seen)
		seen = nil // the next time it is another
		if err != nil || patch == nil {
			return err
		}
		options := metav1.PatchOptions{FieldManager: object.FieldManager}
		got, err = r.metadata.Resource(s.resource).Namespace(a.ID.Namespace).Patch(ctx, a.ID.Name, types.JSONPatchType, patch, options)
		return err
	})
}

// differing completes conflicts with both values. Of a Secret they are not told.
func (f *preflight) differing(ctx context.Context, a *plan.Action, conflicts []plan.Conflict) []plan.Conflict {
	s, err := f.kinds.find(ctx, a.Object.GroupVersionKind().GroupKind(), a.Version)
	if err != nil {
		return conflicts
	}
	live, err := f.getObject(ctx, s, a.ID)
	if live == nil || err != nil {
		return conflicts // that there is a conflict is what matters
	}
	for i, c := range conflicts {
		field, found := plan.FindField("."+c.Path, live.Object)
		if !found {
			continue
		}
		conflicts[i].Field = field
		conflicts[i].Live, conflicts[i].Ours = shown(field, live.Object), shown(field, a.Object.Object)
		if isSecret(live) {
			conflicts[i].Live, conflicts[i].Ours = redact.Mark, redact.Mark
		}
	}
	return conflicts
}

// longest is how much of a value a conflict shows.
const longest = 80

func shown(f plan.Field, content map[string]any) string {
	value, found := f.In(content)
	if !found {
		return "nothing"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if len(text) > longest {
		return strings.ToValidUTF8(string(text[:longest]), "") + "…"
	}
	return string(text)
}

// Conceal takes out of the conflicts among an error the values of fields that depend on secrets: the old ones may be secrets,
// too, that nobody knows any more.
func (h Hidden) Conceal(err error) {
	var problems *plan.Problems
	if !errors.As(err, &problems) {
		return
	}
	secrets := redact.New(h.Texts, nil)
	for i, c := range problems.Conflicts {
		if c.Live != "" && (tainted(h.Taint[c.ID], c.Field) || secrets.Text(c.Ours) != c.Ours) {
			problems.Conflicts[i].Live, problems.Conflicts[i].Ours = redact.Mark, redact.Mark
		}
	}
}

// tainted reports a field that depends on secrets, or lies in a list of which something does.
func tainted(t Taint, f plan.Field) bool {
	for _, s := range f {
		inner, isMap := t.(members)
		if !isMap {
			return t != nil
		}
		t = inner[s.Name]
	}
	return t != nil
}
