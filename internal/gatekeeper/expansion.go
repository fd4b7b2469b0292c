package gatekeeper

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	gvk "k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

const expansionRule = "gatekeeper-expansion"

// expansion is an ExpansionTemplate: it says what an object of some kind makes a cluster create.
type expansion struct {
	name   string
	object object.Object
	spec   expansionSpec
}

type expansionSpec struct {
	ApplyTo []struct {
		Groups   []string `json:"groups"`
		Versions []string `json:"versions"`
		Kinds    []string `json:"kinds"`
	} `json:"applyTo"`
	TemplateSource string `json:"templateSource"`
	GeneratedGVK   struct {
		Group   string `json:"group"`
		Version string `json:"version"`
		Kind    string `json:"kind"`
	} `json:"generatedGVK"`
	EnforcementAction string `json:"enforcementAction"`
}

func (e *expansion) generated() gvk.GroupVersionKind {
	return gvk.GroupVersionKind(e.spec.GeneratedGVK)
}

func (e *expansion) applies(kind gvk.GroupVersionKind) bool {
	for _, a := range e.spec.ApplyTo {
		if slices.Contains(a.Groups, kind.Group) && slices.Contains(a.Versions, kind.Version) && slices.Contains(a.Kinds, kind.Kind) {
			return true
		}
	}
	return false
}

func (r *reader) expansion() *expansion {
	spec, ok := decode[expansionSpec](r, expansionRule, "spec", r.object.Object["spec"])
	if !ok {
		return nil
	}
	e := &expansion{name: r.object.GetName(), object: r.object, spec: spec}
	switch {
	case len(e.name) > 63:
		r.fail(expansionRule, "metadata.name", "the name of an ExpansionTemplate has at most 63 characters")
	case spec.TemplateSource == "":
		r.fail(expansionRule, "spec", "the template has no templateSource")
	case e.generated().Empty():
		r.fail(expansionRule, "spec", "the template has no generatedGVK")
	case len(spec.ApplyTo) == 0:
		r.fail(expansionRule, "spec", "the template has no applyTo")
	case !slices.Contains([]string{"", "deny", "warn", "dryrun"}, spec.EnforcementAction):
		r.fail(expansionRule, "spec.enforcementAction", "Gatekeeper has no action %q", spec.EnforcementAction)
	}
	if r.findings.Failed() {
		return nil
	}
	return e
}

// cycles finds templates that would make what they are made of.
func cycles(list []*expansion) (map[*expansion]bool, diag.Findings) {
	endless := map[*expansion]bool{}
	var findings diag.Findings
	for _, from := range list {
		reached, next := map[*expansion]bool{}, []*expansion{from}
		for len(next) > 0 {
			e := next[0]
			next = next[1:]
			for _, to := range list {
				if to.applies(e.generated()) && !reached[to] {
					reached[to] = true
					next = append(next, to)
				}
			}
		}
		if reached[from] {
			endless[from] = true
			f := diag.Errorf(expansionRule, from.object.Source.Position(), "what the template makes leads back to what it is made of")
			f.Object = from.object.ID().String()
			findings = append(findings, f)
		}
	}
	return endless, findings
}

// Generated is an object that a cluster would create because of another.
type Generated struct {
	Object   *unstructured.Unstructured
	Template string // the ExpansionTemplate
	Source   string // the field of the original object that it is made of
	action   string
}

// Severity is the weight of a violation: the template's own, where it has one.
func (g Generated) Severity(otherwise diag.Severity) diag.Severity {
	switch g.action {
	case "deny":
		return diag.Error
	case "warn":
		return diag.Warning
	case "dryrun":
		return diag.Info
	default:
		return otherwise
	}
}

// Message is what Gatekeeper says of a violation.
func (g Generated) Message(text string) string {
	return fmt.Sprintf("[Implied by %s] %s", g.Template, text)
}

// Path is a field of the generated object in the original one.
func (g Generated) Path(field string) string {
	if field == "" {
		return g.Source
	}
	return g.Source + "." + field
}

// depth is how often what was made may make something in its turn.
const depth = 30

// Expand makes what the ExpansionTemplates say a cluster creates because of an object.
func (s *Set) Expand(o *unstructured.Unstructured) ([]Generated, error) {
	return s.expand(o, "", depth)
}

func (s *Set) expand(o *unstructured.Unstructured, at string, left int) ([]Generated, error) {
	var list []Generated
	for _, e := range s.expansions {
		if !e.applies(o.GroupVersionKind()) {
			continue
		}
		if left == 0 {
			return nil, fmt.Errorf("ExpansionTemplate %s: expanded %d times", e.name, depth)
		}
		made, err := e.make(o)
		if err != nil {
			return nil, err
		}
		g := Generated{Object: made, Template: e.name, Source: strings.TrimPrefix(at+"."+e.spec.TemplateSource, "."), action: e.spec.EnforcementAction}
		more, err := s.expand(made, g.Source, left-1)
		if err != nil {
			return nil, err
		}
		list = append(append(list, more...), g)
	}
	return list, nil
}

// make is the object that a controller would make, as far as the template tells.
func (e *expansion) make(o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	from, found, err := unstructured.NestedFieldNoCopy(o.Object, strings.Split(e.spec.TemplateSource, ".")...)
	content, isMap := from.(map[string]any)
	if err != nil || !found || !isMap {
		return nil, fmt.Errorf("ExpansionTemplate %s: the object has no map %s", e.name, e.spec.TemplateSource)
	}
	made := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(content)}
	made.SetGroupVersionKind(e.generated())
	made.SetNamespace(o.GetNamespace())
	made.SetName(strings.ToLower(o.GetName() + "-" + e.spec.GeneratedGVK.Kind))
	return made, own(made, o)
}

// own makes one object the owner of another, as a controller does, unless it is already.
func own(made, owner *unstructured.Unstructured) error {
	owners, _, err := unstructured.NestedSlice(made.Object, "metadata", "ownerReferences")
	if err != nil {
		return fmt.Errorf("read owners of what %s %s makes: %w", owner.GetKind(), owner.GetName(), err)
	}
	for _, other := range owners {
		if o, ok := other.(map[string]any); ok && o["apiVersion"] == owner.GetAPIVersion() && o["kind"] == owner.GetKind() && o["name"] == owner.GetName() {
			return nil
		}
	}
	reference := map[string]any{"apiVersion": owner.GetAPIVersion(), "kind": owner.GetKind(), "name": owner.GetName(), "uid": ""}
	return unstructured.SetNestedSlice(made.Object, append(owners, reference), "metadata", "ownerReferences")
}
