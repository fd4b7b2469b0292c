package gatekeeper

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// match says which objects a constraint is for: all that no field speaks against.
type match struct {
	Kinds []struct {
		APIGroups []string `json:"apiGroups"`
		Kinds     []string `json:"kinds"`
	} `json:"kinds"`
	Scope              string                `json:"scope"`
	Namespaces         []string              `json:"namespaces"`
	ExcludedNamespaces []string              `json:"excludedNamespaces"`
	LabelSelector      *metav1.LabelSelector `json:"labelSelector"`
	NamespaceSelector  *metav1.LabelSelector `json:"namespaceSelector"`
	Name               string                `json:"name"`
	Source             string                `json:"source"`

	labels, namespaceLabels labels.Selector // nil: every
}

// errNoNamespace is what Gatekeeper, too, takes for a violation: nobody can say whether the constraint is for the object.
var errNoNamespace = errors.New("its namespaceSelector cannot be held against a Namespace that is not here")

func (m *match) compile() error {
	for _, s := range []struct {
		field string
		from  *metav1.LabelSelector
		into  *labels.Selector
	}{{"labelSelector", m.LabelSelector, &m.labels}, {"namespaceSelector", m.NamespaceSelector, &m.namespaceLabels}} {
		if s.from == nil {
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(s.from)
		if err != nil {
			return fmt.Errorf("read %s: %w", s.field, err)
		}
		*s.into = selector
	}
	return nil
}

// around is what an object is seen with.
type around struct {
	namespace *unstructured.Unstructured // that the object is in; nil: it is in none, or none is known
	generated bool                       // an ExpansionTemplate made it
	exact     bool                       // nothing is known that was not said, not even what every cluster has
}

// matches reports whether the constraint is for the object.
func (m *match) matches(o *unstructured.Unstructured, in around) (bool, error) {
	gvk := o.GroupVersionKind()
	if !m.kind(gvk.Group, gvk.Kind) || !m.scope(o, in.namespace) || !m.namespaces(o, in.namespace) {
		return false, nil
	}
	if m.labels != nil && !m.labels.Matches(labels.Set(o.GetLabels())) {
		return false, nil
	}
	if ok, err := m.namespaceSelector(o, in); !ok || err != nil {
		return false, err
	}
	if m.Name != "" && !glob(m.Name, o.GetName()) && !globGenerated(m.Name, o.GetGenerateName()) {
		return false, nil
	}
	return m.Source == "" || m.Source == "All" || (m.Source == "Generated") == in.generated, nil
}

// kind reports whether the constraint is for the kind.
func (m *match) kind(group, kind string) bool {
	if len(m.Kinds) == 0 {
		return true
	}
	for _, k := range m.Kinds {
		if includes(k.APIGroups, group) && includes(k.Kinds, kind) {
			return true
		}
	}
	return false
}

// includes reports whether a list is empty, has the word, or has "*".
func includes(list []string, word string) bool {
	return len(list) == 0 || slices.Contains(list, "*") || slices.Contains(list, word)
}

// scope takes a Namespace for cluster-scoped, as Kubernetes does, and knows nothing of an object but where it says it is.
func (m *match) scope(o, namespace *unstructured.Unstructured) bool {
	namespaced := !isNamespace(o) && (o.GetNamespace() != "" || namespace != nil)
	switch m.Scope {
	case "Cluster":
		return !namespaced
	case "Namespaced":
		return namespaced
	default:
		return true
	}
}

func (m *match) namespaces(o, namespace *unstructured.Unstructured) bool {
	name := o.GetNamespace()
	switch {
	case isNamespace(o):
		name = o.GetName()
	case namespace != nil:
		name = namespace.GetName()
	}
	if name == "" {
		return true
	}
	in := func(globs []string) bool {
		return slices.ContainsFunc(globs, func(pattern string) bool { return glob(pattern, name) })
	}
	return (len(m.Namespaces) == 0 || in(m.Namespaces)) && !in(m.ExcludedNamespaces)
}

func (m *match) namespaceSelector(o *unstructured.Unstructured, in around) (bool, error) {
	found := func(namespace *unstructured.Unstructured) bool {
		if in.exact {
			return m.namespaceLabels.Matches(labels.Set(namespace.GetLabels()))
		}
		return m.namespaceLabels.Matches(namespaceLabels(namespace))
	}
	switch {
	case m.namespaceLabels == nil:
		return true, nil
	case isNamespace(o):
		return found(o), nil
	case in.namespace != nil:
		return found(in.namespace), nil
	case o.GetNamespace() == "":
		return true, nil
	case o.GetNamespace() == metav1.NamespaceDefault && !in.exact: // every cluster has it
		return m.namespaceLabels.Matches(labels.Set{metaName: metav1.NamespaceDefault}), nil
	default:
		return false, fmt.Errorf("%w: %s", errNoNamespace, o.GetNamespace())
	}
}

// metaName is the label that the API server puts on every Namespace.
const metaName = "kubernetes.io/metadata.name"

func namespaceLabels(o *unstructured.Unstructured) labels.Set {
	set := labels.Set{metaName: o.GetName()}
	maps.Copy(set, o.GetLabels())
	return set
}

func isNamespace(o *unstructured.Unstructured) bool {
	gvk := o.GroupVersionKind()
	return gvk.Group == "" && gvk.Kind == "Namespace"
}

// glob matches a pattern with * at its beginning, its end or both.
func glob(pattern, name string) bool {
	rest, head := strings.CutPrefix(pattern, "*")
	rest, tail := strings.CutSuffix(rest, "*")
	switch {
	case head && (tail || pattern == "*"):
		return strings.Contains(name, rest)
	case head:
		return strings.HasSuffix(name, rest)
	case tail:
		return strings.HasPrefix(name, rest)
	default:
		return name == pattern
	}
}

// globGenerated matches a pattern against the beginning of a name whose end is not known yet.
func globGenerated(pattern, beginning string) bool {
	rest, tail := strings.CutSuffix(pattern, "*")
	return tail && beginning != "" && glob(rest+"*", beginning)
}
