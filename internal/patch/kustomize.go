package patch

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	//nolint:staticcheck // deprecated only until kustomize has an API v1; it is the one public way to kustomize's patches
	"sigs.k8s.io/kustomize/api/builtins"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// indexKey carries an object's place through kustomize, whose resources know nothing of ours.
const indexKey = "internal.otomi.io/index"

// release applies a release's patches to its objects. Objects that a patch deletes are gone, the others keep their place.
func release(objects []object.Object, s Set) ([]object.Object, diag.Findings) {
	helpers := resmap.NewPluginHelpers(nil, nil, resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()), nil)
	resources := resmap.New()
	for i, o := range objects {
		if o.Release != s.Release {
			continue
		}
		if err := add(resources, helpers, o, i); err != nil {
			return nil, diag.Findings{diag.Errorf("patch", o.Source.Position(), "read %s: %v", o.ID(), err)}
		}
	}
	var findings diag.Findings
	edits := map[int][]object.Edit{}
	for _, p := range s.Patches {
		findings = append(findings, apply(resources, helpers, p, s.Release, edits)...)
	}
	if findings.Failed() {
		return nil, findings
	}
	patched, err := back(objects, s.Release, resources, edits)
	if err != nil {
		return nil, diag.Findings{diag.Errorf("patch", s.Patches[0].At, "%v", err)}
	}
	return patched, findings
}

func add(resources resmap.ResMap, helpers *resmap.PluginHelpers, o object.Object, index int) error {
	u := o.DeepCopy()
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[indexKey] = strconv.Itoa(index)
	u.SetAnnotations(annotations)
	// As text: kustomize's own conversion from maps turns large integers into floats.
	text, err := json.Marshal(u.Object)
	if err != nil {
		return err
	}
	r, err := helpers.ResmapFactory().RF().FromBytes(text)
	if err != nil {
		return err
	}
	return resources.Append(r)
}

// apply applies one patch, which must match something.
func apply(resources resmap.ResMap, helpers *resmap.PluginHelpers, p Patch, release string, edits map[int][]object.Edit) diag.Findings {
	fail := func(format string, args ...any) diag.Findings {
		return diag.Findings{diag.Errorf("patch", p.At, format, args...)}
	}
	if p.Target != nil {
		return transform(resources, helpers, p, *p.Target, p.Patch, release, edits)
	}
	if text := strings.TrimSpace(p.Patch); strings.HasPrefix(text, "[") || strings.HasPrefix(text, "- ") {
		return fail("a JSON patch needs a target")
	}
	named, findings := object.Parse(p.At.File, []byte(p.Patch))
	if len(findings) > 0 || len(named) == 0 {
		return fail("without a target, a patch names its object: apiVersion, kind and metadata.name")
	}
	for _, o := range named {
		gvk := o.GroupVersionKind()
		t := Target{
			Group: regexp.QuoteMeta(gvk.Group), Version: gvk.Version, Kind: gvk.Kind,
			Name: regexp.QuoteMeta(o.GetName()), Namespace: regexp.QuoteMeta(o.GetNamespace()),
		}
		findings = append(findings, transform(resources, helpers, p, t, string(o.Source.Text), release, edits)...)
	}
	return findings
}

// transform applies one patch to the objects that match a target.
func transform(resources resmap.ResMap, helpers *resmap.PluginHelpers, p Patch, t Target, patch, release string, edits map[int][]object.Edit) diag.Findings {
	fail := func(format string, args ...any) diag.Findings {
		return diag.Findings{diag.Errorf("patch", p.At, format, args...)}
	}
	selected, err := resources.Select(t.selector())
	if err != nil {
		return fail("target: %v", err)
	}
	if len(selected) == 0 {
		f := fail("the patch matches no object of release %s", release)
		f[0].Hint = nearTarget(resources, t)
		return f
	}
	config, err := json.Marshal(map[string]any{"patch": patch, "target": t, "options": p.Options})
	if err != nil {
		return fail("%v", err)
	}
	transformer := builtins.PatchTransformerPlugin{}
	if err := transformer.Config(helpers, config); err != nil {
		return fail("the patch is neither a strategic merge patch nor a JSON patch")
	}
	if err := transformer.Transform(resources); err != nil {
		// kustomize's errors go on with the whole patch.
		first, _, _ := strings.Cut(err.Error(), "\n")
		return fail("%s", first)
	}
	for _, r := range selected {
		if index, content, err := read(r); err == nil { // what cannot be read, back says
			edits[index] = append(edits[index], object.Edit{At: p.At, After: content})
		}
	}
	return nil
}

// nearTarget suggests the object that may have been meant.
func nearTarget(resources resmap.ResMap, t Target) string {
	var names []string
	for _, r := range resources.Resources() {
		if id := r.CurId(); t.Kind == "" || id.Kind == t.Kind {
			names = append(names, id.Name)
		}
	}
	if len(names) == 0 && t.Kind != "" {
		for _, r := range resources.Resources() {
			names = append(names, r.CurId().Kind)
		}
		return diag.DidYouMean(t.Kind, names)
	}
	return diag.DidYouMean(t.Name, names)
}

func (t Target) selector() types.Selector {
	return types.Selector{
		ResId: resid.ResId{
			Gvk:  resid.Gvk{Group: t.Group, Version: t.Version, Kind: t.Kind},
			Name: t.Name, Namespace: t.Namespace,
		},
		LabelSelector: t.LabelSelector, AnnotationSelector: t.AnnotationSelector,
	}
}

// back puts the patched resources in the place of the objects they were.
func back(objects []object.Object, release string, resources resmap.ResMap, edits map[int][]object.Edit) ([]object.Object, error) {
	byIndex := map[int]*unstructured.Unstructured{}
	for _, r := range resources.Resources() {
		index, content, err := read(r)
		if err != nil {
			return nil, err
		}
		byIndex[index] = &unstructured.Unstructured{Object: content}
	}
	var out []object.Object
	for i, o := range objects {
		if o.Release != release {
			out = append(out, o)
		} else if u := byIndex[i]; u != nil {
			o.Edits = edited(o, edits[i])
			o.Unstructured = u
			out = append(out, o)
		}
	}
	return out, nil
}

// edited are an object's edits with new ones, each with what was there before it.
func edited(o object.Object, edits []object.Edit) []object.Edit {
	before := o.Object
	for i := range edits {
		edits[i].Before, before = before, edits[i].After
	}
	return append(o.Edits[:len(o.Edits):len(o.Edits)], edits...)
}

// read is the content of a resource, and the index of the object that it was.
func read(r *resource.Resource) (int, map[string]any, error) {
	text, err := r.MarshalJSON()
	content := map[string]any{}
	if err == nil {
		err = utiljson.Unmarshal(text, &content)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read patched %s: %w", r.CurId(), err)
	}
	u := &unstructured.Unstructured{Object: content}
	annotations := u.GetAnnotations()
	index, err := strconv.Atoi(annotations[indexKey])
	if err != nil {
		return 0, nil, fmt.Errorf("a patch removed the annotations of %s: set single ones to null instead", r.CurId())
	}
	delete(annotations, indexKey)
	if len(annotations) == 0 {
		annotations = nil // not an empty map, which the object did not have
	}
	u.SetAnnotations(annotations)
	return index, content, nil
}
