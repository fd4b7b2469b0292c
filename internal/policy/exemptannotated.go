package policy

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Annotations of an object, or of its pod template, that exempt it. The value lists policies, with commas between.
const (
	IgnoreKey    = object.IgnoreKey
	ignoreAlias  = "policy.otomi.io/ignore"
	ignorePrefix = "policy.otomi.io/ignore." // and the name of the one container that is exempt
)

// ignore is an annotation's word for one policy.
type ignore struct {
	policy, container string // container "": the whole object
	path              string
	at                diag.Position
	used              bool // a violation needed it
}

// annotated reads the object's annotations. A policy that does not exist is an error: the exemption would do nothing. What the
// pod template only repeats is left out.
func (e *exemptions) annotated(s *Set, o object.Object, l *object.Locator) ([]ignore, diag.Findings) {
	var list []ignore
	var findings diag.Findings
	for _, path := range [][]string{
		{"metadata"}, {"spec", "template", "metadata"}, {"spec", "jobTemplate", "metadata"}, {"spec", "jobTemplate", "spec", "template", "metadata"}, {"template", "metadata"},
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
			if !ofContainer {
				container = ""
			}
			where := source.Path(append(slices.Clone(path), key))
			at := l.Place(where)
			say := func(f diag.Finding) {
				f.Object, f.Path = o.ID().String(), where
				findings = append(findings, f)
			}
			ids := known(s, text, at, say)
			if f := idle(path, container, ofContainer, at); f != nil {
				say(*f)
				continue
			}
			for _, id := range ids {
				if !slices.ContainsFunc(list, func(i ignore) bool { return i.policy == id && i.container == container }) {
					list = append(list, ignore{policy: id, container: container, path: where, at: at})
				}
			}
		}
	}
	return list, findings
}

// known are the policies of a list that exist. The others are findings.
func known(s *Set, text string, at diag.Position, say func(diag.Finding)) []string {
	var ids []string
	for _, id := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }) {
		if f := checkID(s, id, at); f != nil {
			say(*f)
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

// idle says of an annotation that it exempts nothing, though it looks as if it did; nil for one that does.
func idle(path []string, container string, ofContainer bool, at diag.Position) *diag.Finding {
	switch {
	case ofContainer && container == "":
		f := diag.Errorf("exemption-container", at, "the annotation names no container, and exempts nothing").
			WithHint("write %sCONTAINER for one container, or %s for the whole object", ignorePrefix, ignoreAlias)
		return &f
	case slices.Equal(path, []string{"spec", "jobTemplate", "metadata", "annotations"}):
		f := diag.Warningf(unused, at, "an annotation of a Job's template exempts nothing").WithHint("write it on the CronJob, or on its Pod template")
		return &f
	}
	return nil
}

// settle says what became of the object's annotations, once all policies have judged it. Nothing is said where values exempt the
// object too, which are what counts, and of a policy that is off.
func (c *check) settle(s *subject) {
	for _, i := range s.exempt {
		on := slices.ContainsFunc(c.rules, func(r rule) bool { return r.ID == i.policy })
		again := slices.ContainsFunc(c.exemptions.byPolicy[i.policy], func(x Exemption) bool { return x.covers(s.Object) })
		if !on || again {
			continue
		}
		g := Grant{Policy: i.policy, Container: i.container, Exemption: Exemption{Object: s.name, At: i.at, Path: i.path}}
		if i.used {
			g.Objects = []string{g.Object}
		}
		s.out.Exemptions = append(s.out.Exemptions, g)
		if !i.used && (i.container == "" || hasContainer(s.Object, i.container)) {
			f := diag.Warningf(unused, i.at, "nothing needs this exemption from policy %s", i.policy).WithPath(i.path).WithHint("remove it")
			f.Object = g.Object
			s.report(f)
		}
	}
}

// hasContainer reports whether the object's Pods have the container. One that they lack may be put into them on the cluster.
func hasContainer(o object.Object, name string) bool {
	template, _ := o.PodTemplate()
	for _, list := range []string{"containers", "initContainers", "ephemeralContainers"} {
		field, _, _ := unstructured.NestedFieldNoCopy(template, "spec", list)
		items, _ := field.([]any)
		if slices.ContainsFunc(items, func(item any) bool { c, _ := item.(map[string]any); return c["name"] == name }) {
			return true
		}
	}
	return false
}
