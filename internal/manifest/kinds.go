package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// kinds is what is known of kinds: Kubernetes' own, and what CustomResourceDefinitions define.
type kinds struct {
	builtin *openapi.Set
	minor   int // of the cluster, which may be newer or older than what is known
	allowed []string
	custom  map[[2]string]*definition // by group and kind
	known   map[[2]string]*kind       // of the objects, by apiVersion and kind
}

// kind is what is known of one kind in one version.
type kind struct {
	gvk        openapi.GVK
	found      bool // else only that it may pass, or why it may not
	namespaced bool
	name       validation.ValidateNameFunc
	builtin    *openapi.Schema
	custom     *version
	complaint  *diag.Finding // about every object of the kind
}

// of is the kind of an object that has been learned.
func (k *kinds) of(o object.Object) *kind { return k.known[[2]string{o.GetAPIVersion(), o.GetKind()}] }

// metadata is the schema of any kind's metadata.
func (k *kinds) metadata() *openapi.Schema {
	return k.builtin.Kind(openapi.GVK{Version: "v1", Kind: "ConfigMap"}).Schema.Fields["metadata"]
}

// learn looks the kind of an object up, once for all objects of the kind.
func (k *kinds) learn(o object.Object) {
	key := [2]string{o.GetAPIVersion(), o.GetKind()}
	if k.known[key] != nil {
		return
	}
	gv, err := schema.ParseGroupVersion(key[0])
	gvk := openapi.GVK{Group: gv.Group, Version: gv.Version, Kind: key[1]}
	of := &kind{gvk: gvk, name: nameRule(gvk.Group, gvk.Kind, k.minor)}
	k.known[key] = of
	if err != nil {
		f := diag.Errorf("unknown-kind", diag.Position{}, "%q is no apiVersion", key[0]).WithPath("apiVersion").WithHint("write GROUP/VERSION, or v1")
		of.complaint = &f
		return
	}
	if k.serves(gvk) {
		b := k.builtin.Kind(gvk)
		of.found, of.namespaced, of.builtin = true, b.Namespaced, b.Schema
		of.complaint = k.deprecated(gvk)
		return
	}
	if d := k.custom[[2]string{gvk.Group, gvk.Kind}]; d != nil {
		of.found, of.namespaced = true, d.namespaced
		of.custom, of.complaint = d.version(gvk)
		return
	}
	of.complaint = k.missing(gvk)
}

// gone reports whether the cluster's version has a kind no more.
func (k *kinds) gone(gvk openapi.GVK) bool {
	removed := k.builtin.Lifecycle(gvk).Removed
	return removed > 0 && removed <= k.minor
}

// serves reports whether the cluster's version has a kind, as far as is known.
func (k *kinds) serves(gvk openapi.GVK) bool {
	return k.builtin.Has(gvk) && !k.gone(gvk) && k.builtin.Lifecycle(gvk).Introduced <= k.minor
}

// served reports what there is to say of an object's kind.
func (c *checker) served(k *kind) {
	if k.complaint == nil {
		return
	}
	f := *k.complaint
	f.At = c.place(f.Path)
	c.add(f, f.Path, f.Hint)
}

// deprecated warns of a version that will not be served for ever.
func (k *kinds) deprecated(gvk openapi.GVK) *diag.Finding {
	l := k.builtin.Lifecycle(gvk)
	if l.Deprecated == 0 || l.Deprecated > k.minor {
		return nil
	}
	f := diag.Warningf("deprecated-api", diag.Position{}, "%s %s is deprecated since Kubernetes 1.%d", gvk.APIVersion(), gvk.Kind, l.Deprecated).WithPath("apiVersion")
	if l.Removed > 0 {
		f.Message += fmt.Sprintf(" and gone in 1.%d", l.Removed)
	}
	f.Hint = k.instead(gvk)
	if next := l.Replacement; next.Kind == gvk.Kind && k.serves(next) && reflect.DeepEqual(k.builtin.Kind(gvk).Schema, k.builtin.Kind(next).Schema) {
		f.Proposed = next.APIVersion()
	}
	return &f
}

// missing says why a kind is not there.
func (k *kinds) missing(gvk openapi.GVK) *diag.Finding {
	l := k.builtin.Lifecycle(gvk)
	name := gvk.APIVersion() + " " + gvk.Kind
	var f diag.Finding
	switch versions := k.versions(gvk.Group, gvk.Kind); {
	case k.gone(gvk):
		f = diag.Errorf("removed-api", diag.Position{}, "%s is gone since Kubernetes 1.%d", name, l.Removed).WithHint("%s", k.instead(gvk))
		if f.Hint == "" {
			f.Hint = "nothing replaces it"
		}
	case l.Introduced > k.minor:
		f = diag.Errorf("version-not-served", diag.Position{}, "%s comes with Kubernetes 1.%d; this is 1.%d", name, l.Introduced, k.minor).
			WithHint("%s", k.instead(gvk))
	case len(versions) > 0:
		f = diag.Errorf("version-not-served", diag.Position{}, "Kubernetes 1.%d has no %s", k.minor, name).
			WithHint("it has %s", strings.Join(versions, ", "))
	default:
		return k.unknown(gvk)
	}
	f.Path = "apiVersion"
	return &f
}

// unknown reports a kind that nothing defines, unless it may pass.
func (k *kinds) unknown(gvk openapi.GVK) *diag.Finding {
	name := gvk.Kind
	if gvk.Group != "" {
		name += "." + gvk.Group
	}
	// Gatekeeper's own kinds are for package policy, which reads them, and says more than a schema could.
	if slices.Contains(k.allowed, name) || strings.HasSuffix(gvk.Group, ".gatekeeper.sh") {
		return nil
	}
	f := diag.Errorf("unknown-kind", diag.Position{}, "no CustomResourceDefinition defines kind %s, and Kubernetes 1.%d has none", name, k.minor).WithPath("kind")
	if f.Hint = k.near(gvk); f.Hint == "" {
		f.Hint = "render its CustomResourceDefinition too, or allow the kind by name: " + name
	}
	return &f
}

// near names the kind that may have been meant: one of the group, or one of the name.
func (k *kinds) near(gvk openapi.GVK) string {
	var inGroup []string
	for _, other := range k.builtin.Kinds() {
		if other.Kind == gvk.Kind {
			return "did you mean apiVersion: " + other.APIVersion() + "?"
		}
		if other.Group == gvk.Group {
			inGroup = append(inGroup, other.Kind)
		}
	}
	for key := range k.custom {
		if key[0] == gvk.Group {
			inGroup = append(inGroup, key[1])
		}
	}
	slices.Sort(inGroup)
	return diag.DidYouMean(gvk.Kind, inGroup)
}

// versions are the apiVersions in which Kubernetes has a kind.
func (k *kinds) versions(group, name string) []string {
	var found []string
	for _, g := range k.builtin.Kinds() {
		if g.Group == group && g.Kind == name && k.serves(g) {
			found = append(found, g.APIVersion())
		}
	}
	return found
}

// instead says what to write in place of a version that is old or not there yet. What Kubernetes names may be gone as well.
func (k *kinds) instead(gvk openapi.GVK) string {
	for next := k.builtin.Lifecycle(gvk).Replacement; next.Kind != ""; next = k.builtin.Lifecycle(next).Replacement {
		if k.serves(next) {
			if next.Kind != gvk.Kind {
				return "write " + next.APIVersion() + " " + next.Kind
			}
			return "write apiVersion: " + next.APIVersion()
		}
	}
	for _, other := range k.versions(gvk.Group, gvk.Kind) {
		if other != gvk.APIVersion() {
			return "write apiVersion: " + other
		}
	}
	return ""
}
