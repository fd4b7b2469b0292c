// Package object is what the pipeline carries from rendering on: Kubernetes objects that know the release, the runlevel and
// the template they come from. Manifest text goes in, objects come out; they are read as Kubernetes reads them, with
// YAML 1.1 booleans, and integers stay exact.
package object

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Metadata that the pipeline writes on objects and reads back from the cluster.
const (
	LabelRelease  = "otomi.io/release"  // the release's name
	RunlevelKey   = "otomi.io/runlevel" // annotation: "NN"
	SourceKey     = "otomi.io/source"   // annotation: <chart or folder>/<template>
	SecretsKey    = "otomi.io/secrets"  // annotation: "placeholder" where placeholders stand for secrets or random values; such objects are never applied
	TaskKey       = "otomi.io/task"     // annotation of a Job: on-change, always or once
	LabelPartOf   = "applyset.kubernetes.io/part-of"
	RenderedByKey = "otomi.io/rendered-by" // annotation: the functionConfig that rendered the item in place
	LabelChecked  = "validated-by"
	LocalConfig   = "config.kubernetes.io/local-config"
	IgnoreKey     = "otomi.io/policy-ignore" // annotation, of pod templates too: policies that the object is exempt from
	FieldManager  = "kubectl-otomi"
)

// IsCheckMark reports whether a value of the label LabelChecked is one that check-policies writes; others write that label, too.
func IsCheckMark(value string) bool {
	digest, ours := strings.CutPrefix(value, "otomi-")
	return ours && len(digest) == 8 && strings.Trim(digest, "0123456789abcdef") == ""
}

// ID names an object in a cluster whatever its version.
type ID struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// String is KIND/[NS/]NAME, the group left out as kubectl does where it is one of Kubernetes' own.
func (id ID) String() string {
	kind := id.Kind
	if strings.Contains(id.Group, ".") && !strings.HasSuffix(id.Group, ".k8s.io") {
		kind += "." + id.Group
	}
	if id.Namespace == "" {
		return kind + "/" + id.Name
	}
	return kind + "/" + id.Namespace + "/" + id.Name
}

// Compare orders by group, kind, namespace and name.
func (id ID) Compare(other ID) int {
	return cmp.Or(cmp.Compare(id.Group, other.Group), cmp.Compare(id.Kind, other.Kind),
		cmp.Compare(id.Namespace, other.Namespace), cmp.Compare(id.Name, other.Name))
}

// Source is the template or manifest that wrote an object.
type Source struct {
	File  string // as shown to users, relative to otomi.yaml or with the core's name before it
	Line  int    // of the object's first line in the text that was read: the manifest's own, or what the template rendered
	Text  []byte // the object's own text as rendered, for findings and positions; shared, not to be changed
	Plain bool   // the file has the text as it stands, whatever the file's name
	// Trace is the place in the template that wrote the character at a line and column of Text; nil: no template did. The
	// first call may have to execute the template again.
	Trace func(line, col int) diag.Position
}

// Traced is the source of what a template rendered, whose characters were written at places of the template.
func (s Source) Traced(at func(line, col int) diag.Position) Source {
	s.Trace = func(line, col int) diag.Position { return at(s.start()+line-1, col) }
	return s
}

// Position is the source as a finding's place.
func (s Source) Position() diag.Position { return diag.Position{File: s.File, Line: s.Line} }

// Object is one Kubernetes object and where it comes from. Integers in it are int64, other numbers float64.
type Object struct {
	*unstructured.Unstructured
	Release  string
	Runlevel string // "NN", the number of the runlevel's file
	Source   Source
	Edits    []Edit // by patches, in order
}

// ID is the object's identity.
func (o Object) ID() ID {
	gvk := o.GroupVersionKind()
	return ID{Group: gvk.Group, Kind: gvk.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}
}

// FileName is what a file of the object alone is called: unique among all objects, and a name on every system.
func (o Object) FileName() string {
	id := o.ID()
	kind := id.Kind
	if id.Group != "" {
		kind += "." + id.Group
	}
	name := strings.ToLower(kind)
	if id.Namespace != "" {
		name += "_" + id.Namespace
	}
	return name + "_" + strings.ReplaceAll(id.Name, ":", "-") + ".yaml"
}
