package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// ExpiredExemption is the rule of findings about exemptions whose last day is past; ExpiredFor says from which policy.
const ExpiredExemption = "expired-exemption"

const (
	unused         = "unused-exemption"
	exemptionDates = "exemption-date"
)

// exemptions are those of the settings, and what becomes of them in a run.
type exemptions struct {
	policies []string
	byPolicy map[string][]Exemption
	mu       sync.Mutex
	used     map[string]map[string]diag.Finding // by exemption, then object: a violation that it let pass
}

func newExemptions(s *Set, settings Settings) *exemptions {
	e := &exemptions{byPolicy: map[string][]Exemption{}, used: map[string]map[string]diag.Finding{}}
	for _, id := range slices.Sorted(maps.Keys(settings.Policies)) {
		if list := settings.Policies[id].Exempt; len(list) > 0 && !settings.Policies[id].Off && s.find(id) != nil {
			e.policies, e.byPolicy[id] = append(e.policies, id), list
		}
	}
	return e
}

// match finds what exempts a violation, and returns the note that says so. Values come first: for the cluster they are written
// into annotations of pod templates too, and an exemption that only repeats itself is not unused.
func (e *exemptions) match(id string, o object.Object, container string, annotated []ignore, f diag.Finding) (diag.Note, bool) {
	for _, x := range e.byPolicy[id] {
		if !x.covers(o) {
			continue
		}
		e.mark(x.key(id), f)
		text := "exempted: " + x.Reason
		if x.Until != "" {
			text = "exempted until " + x.Until + ": " + x.Reason
		}
		return diag.Note{At: x.At, Message: text}, true
	}
	for i, a := range annotated {
		if a.policy == id && (a.container == "" || a.container == container) {
			annotated[i].used = true
			return diag.Note{At: o.Source.Position(), Message: "exempted by the annotation " + a.path}, true
		}
	}
	return diag.Note{}, false
}

func (e *exemptions) mark(key string, f diag.Finding) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.used[key] == nil {
		e.used[key] = map[string]diag.Finding{}
	}
	if first, ok := e.used[key][f.Object]; !ok || f.Path+f.Message < first.Path+first.Message {
		e.used[key][f.Object] = f
	}
}

// key tells exemptions apart: those of a tree by their path, others by what they say.
func (x Exemption) key(id string) string {
	return strings.Join([]string{id, x.Path, x.At.String(), x.Object, x.Release, x.Namespace, x.Until}, "\n")
}

func (x Exemption) covers(o object.Object) bool {
	switch {
	case x.Object != "":
		id := o.ID()
		kind, rest, _ := strings.Cut(x.Object, "/")
		_, name, _ := strings.Cut(id.String(), "/")
		return rest == name && (kind == id.Kind || kind == id.Kind+"."+id.Group)
	case x.Release != "":
		return x.Release == o.Release
	default:
		return x.Namespace != "" && x.Namespace == namespaceOf(o)
	}
}

// report says what is to be known of the settings' exemptions after a run.
func (e *exemptions) report(today time.Time, objects []object.Object) diag.Findings {
	var findings diag.Findings
	for _, id := range e.policies {
		for _, x := range e.byPolicy[id] {
			findings = append(findings, e.one(id, x, today, objects)...)
		}
	}
	return findings
}

func (e *exemptions) one(id string, x Exemption, today time.Time, objects []object.Object) diag.Findings {
	used := e.used[x.key(id)]
	switch {
	case x.past(today):
		return x.expired(id, used)
	case len(used) == 0:
		return diag.Findings{x.unused(id, objects)}
	case x.Until != "" && today.IsZero():
		return diag.Findings{diag.Infof(exemptionDates, x.At, "the exemption from policy %s lasts until %s; without today's date that is not checked", id, x.Until).WithPath(x.Path)}
	}
	return nil
}

// past reports whether the exemption's last day is over.
func (x Exemption) past(today time.Time) bool {
	return x.Until != "" && !today.IsZero() && x.Until < today.Format(time.DateOnly)
}

// expired is an error for each object that the exemption still covers, so that a plan can weigh them one by one.
func (x Exemption) expired(id string, used map[string]diag.Finding) diag.Findings {
	f := diag.Errorf(ExpiredExemption, x.At, "the exemption from policy %s expired on %s", id, x.Until)
	if x.Reason != "" {
		f.Message = fmt.Sprintf("the exemption from policy %s (%s) expired on %s", id, x.Reason, x.Until)
	}
	if len(used) == 0 {
		return diag.Findings{f.WithPath(x.Path).WithHint("nothing needs it: remove it")}
	}
	var findings diag.Findings
	for _, name := range slices.Sorted(maps.Keys(used)) {
		g := f.WithPath(x.Path).WithNote(used[name].At, "%s", used[name].Message).WithHint("comply with the policy, or set a later day")
		g.Object = name
		findings = append(findings, g)
	}
	return findings
}

// unused says that no violation needed the exemption, and which object was perhaps meant.
func (x Exemption) unused(id string, objects []object.Object) diag.Finding {
	f := diag.Warningf(unused, x.At, "no object needs this exemption from policy %s", id).WithPath(x.Path).WithHint("remove it")
	if x.Object == "" || slices.ContainsFunc(objects, x.covers) {
		return f
	}
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = o.ID().String()
	}
	if hint := diag.DidYouMean(x.Object, names); hint != "" {
		f.Hint = hint
	}
	return f
}

// glob matches a pattern with * at its beginning, its end or both.
func glob(pattern, name string) bool {
	rest, head := strings.CutPrefix(pattern, "*")
	rest, tail := strings.CutSuffix(rest, "*")
	switch {
	case head && tail:
		return strings.Contains(name, rest)
	case head:
		return strings.HasSuffix(name, rest)
	case tail:
		return strings.HasPrefix(name, rest)
	default:
		return name == rest
	}
}
