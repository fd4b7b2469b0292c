package render

import (
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// complete does to the objects what needs all of them: namespaces, the Namespaces of releases, marks, and the search for
// two of one identity.
func complete(rendered []result, crds []object.Object) ([]object.Object, diag.Findings) {
	scopes := object.BuiltinScopes()
	scopes.AddCRDs(crds)
	for _, x := range rendered {
		scopes.AddCRDs(x.objects)
	}
	var findings diag.Findings
	namespaces := map[string]bool{}
	for _, x := range rendered {
		findings = append(findings, fillNamespaces(x, scopes)...)
		for _, o := range x.objects {
			if o.ID() == namespaceID(o.GetName()) {
				namespaces[o.GetName()] = true
			}
		}
	}
	var objects []object.Object
	for _, x := range rendered {
		if wantsNamespace(x.release) && !namespaces[x.release.Namespace] {
			namespaces[x.release.Namespace] = true
			objects = append(objects, namespaceOf(x.release))
		}
		objects = append(objects, x.objects...)
	}
	for _, o := range objects {
		stamp(o)
	}
	return objects, append(findings, duplicates(objects)...)
}

// fillNamespaces gives namespaced objects without a namespace their release's, and takes the namespace from others.
func fillNamespaces(x result, scopes object.Scopes) diag.Findings {
	var findings diag.Findings
	for _, o := range x.objects {
		gvk := o.GroupVersionKind()
		switch {
		case scopes.ClusterScoped(gvk.Group, gvk.Kind):
			unstructured.RemoveNestedField(o.Object, "metadata", "namespace")
		case o.GetNamespace() != "", x.release.Policies != "": // kinds of constraints are in no definition, and cluster-scoped
		case x.release.Namespace == "":
			f := diag.Errorf("no-namespace", o.Source.Position(), "the object has no namespace, and release %q has none for it", x.release.Name)
			f.Object = o.ID().String()
			findings = append(findings, f.WithNote(x.release.At, "the release is here"))
		default:
			o.SetNamespace(x.release.Namespace)
		}
	}
	return findings
}

func namespaceID(name string) object.ID { return object.ID{Kind: "Namespace", Name: name} }

// wantsNamespace reports whether the release's Namespace is rendered where nothing else renders it: never those that every
// cluster has.
func wantsNamespace(r *Release) bool {
	if r.CreateNamespace != nil && !*r.CreateNamespace {
		return false
	}
	return r.Namespace != "" && r.Namespace != "default" && !strings.HasPrefix(r.Namespace, "kube-")
}

func namespaceOf(r *Release) object.Object {
	written := func(int, int) diag.Position { return r.At }
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": r.Namespace},
	}}
	o := object.Object{
		Unstructured: u, Release: r.Name, Runlevel: r.Runlevel,
		Source: object.Source{File: r.At.File, Line: r.At.Line, Text: []byte("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + r.Namespace + "\n"), Trace: written},
	}
	_, file, below := strings.Cut(r.At.File, core.Platform+"/")
	if !below {
		file = r.At.File
	}
	setSource(o, path.Clean(file))
	return o
}

// stamp marks an object with its release and runlevel. Selectors and Pod templates are left alone.
func stamp(o object.Object) {
	setMetadata(o, "labels", object.LabelRelease, o.Release)
	if o.Runlevel != "" {
		setMetadata(o, "annotations", object.RunlevelKey, o.Runlevel)
	}
}

// setSource notes the chart or folder and the template that an object comes from.
func setSource(o object.Object, from string) { setMetadata(o, "annotations", object.SourceKey, from) }

// setMetadata sets one label or annotation and leaves the others as they are, even those that are no strings: the setters of
// unstructured objects would drop them all, before the schema check can say what is wrong with them.
func setMetadata(o object.Object, field, key, value string) {
	metadata, _ := o.Object["metadata"].(map[string]any)
	if metadata == nil {
		return // Parse lets no object through without a name
	}
	m, isMap := metadata[field].(map[string]any)
	if !isMap {
		if metadata[field] != nil {
			return // neither map nor null: the schema check says so
		}
		m = map[string]any{}
		metadata[field] = m
	}
	m[key] = value
}

// duplicates reports objects of one identity, whichever releases they are of.
func duplicates(objects []object.Object) diag.Findings {
	var findings diag.Findings
	first := map[object.ID]object.Object{}
	for _, o := range objects {
		id := o.ID()
		other, taken := first[id]
		if !taken {
			first[id] = o
			continue
		}
		f := diag.Errorf("duplicate-object", o.Source.Position(), "release %q renders an object that release %q renders too", o.Release, other.Release)
		switch o.Release {
		case "":
			f.Message = "the templates render the object twice"
		case other.Release:
			f.Message = "release \"" + o.Release + "\" renders the object twice"
		}
		f.Object = id.String()
		findings = append(findings, f.WithNote(other.Source.Position(), "the other one is from here"))
	}
	return findings
}
