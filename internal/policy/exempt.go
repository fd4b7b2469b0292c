package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Annotations of an object, or of its pod template, that exempt it. The value lists policies, with commas between.
const (
	IgnoreKey      = object.IgnoreKey
	ignoreAlias    = "policy.otomi.io/ignore"
	ignorePrefix   = "policy.otomi.io/ignore." // and the name of the one container that is exempt
	lapsed         = "expired-exemption"
	unused         = "unused-exemption"
	exemptionDates = "exemption-date"
)

// ignore is an annotation's word for one policy.
type ignore struct {
	policy, container string // container "": the whole object
	path              string
}

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

// annotated reads the object's annotations. A policy that does not exist is an error: the exemption would do nothing.
func (e *exemptions) annotated(s *Set, o object.Object, l *object.Locator) ([]ignore, diag.Findings) {
	var list []ignore
	var findings diag.Findings
	for _, path := range [][]string{
		{"metadata"}, {"spec", "template", "metadata"}, {"spec", "jobTemplate", "spec", "template", "metadata"}, {"template", "metadata"},
	} {
		path = append(path, "annotations")
		field, _, _ := unstructured.NestedFieldNoCopy(o.Object, path...)
		annotations, _ := field.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(annotations)) {
			container, ofContainer := strings.CutPrefix(key, ignorePrefix)
			text, isString := annotations[key].(string)
			if key != IgnoreKey && key != ignoreAlias && !ofContainer || !isString {
				continue
			}
			where := source.Path(append(slices.Clone(path), key))
			for _, id := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }) {
				if f := checkID(s, id, diag.Position{}); f != nil {
					f.At, f.Object, f.Path = l.Place(where), o.ID().String(), where
					findings = append(findings, *f)
					continue
				}
				i := ignore{policy: id, path: where}
				if ofContainer {
					i.container = container
				}
				list = append(list, i)
			}
		}
	}
	return list, findings
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
	for _, i := range annotated {
		if i.policy == id && (i.container == "" || i.container == container) {
			return diag.Note{At: o.Source.Position(), Message: "exempted by the annotation " + i.path}, true
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
	case x.Until != "" && !today.IsZero() && x.Until < today.Format(time.DateOnly):
		return x.expired(id, used)
	case len(used) == 0:
		return diag.Findings{x.unused(id, objects)}
	case x.Until != "" && today.IsZero():
		return diag.Findings{diag.Infof(exemptionDates, x.At, "the exemption from policy %s lasts until %s; without today's date that is not checked", id, x.Until).WithPath(x.Path)}
	}
	return nil
}

// expired is an error for each object that the exemption still covers, so that a plan can weigh them one by one.
func (x Exemption) expired(id string, used map[string]diag.Finding) diag.Findings {
	f := diag.Errorf(lapsed, x.At, "the exemption from policy %s expired on %s", id, x.Until)
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
