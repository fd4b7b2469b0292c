package manifest

import (
	"context"
	"encoding/json"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// definition is what a CustomResourceDefinition says.
type definition struct {
	object     object.Object
	namespaced bool
	crd        *apiextensions.CustomResourceDefinition // nil: it is broken, and its resources cannot be checked
	versions   map[string]*version                     // that objects have
}

// define reads the CustomResourceDefinitions among objects, and those of others that are not among them, and reports what the
// API server would say of them.
func (k *kinds) define(ctx context.Context, objects, others []object.Object) diag.Findings {
	var all []*definition
	for i, o := range slices.Concat(objects, others) {
		if o.GetKind() != "CustomResourceDefinition" || o.GetAPIVersion() != "apiextensions.k8s.io/v1" {
			continue
		}
		text := func(path ...string) string {
			s, _, _ := unstructured.NestedString(o.Object, append([]string{"spec"}, path...)...)
			return s
		}
		key := [2]string{text("group"), text("names", "kind")}
		if k.custom[key] != nil && i >= len(objects) {
			continue
		}
		d := &definition{object: o, namespaced: text("scope") != "Cluster", versions: map[string]*version{}}
		if k.custom[key] == nil {
			k.custom[key] = d
		}
		all = append(all, d)
	}
	found := make([]diag.Findings, len(all))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range all {
		group.Go(func() error {
			found[i] = d.read(ctx)
			return nil
		})
	}
	_ = group.Wait() // they return none
	return slices.Concat(found...)
}

// read decodes and checks the definition as the API server does when it is created.
func (d *definition) read(ctx context.Context) diag.Findings {
	js, err := d.object.MarshalJSON()
	if err != nil {
		return diag.Findings{d.finding("crd-schema", "", err.Error())}
	}
	var written apiextensionsv1.CustomResourceDefinition
	var crd apiextensions.CustomResourceDefinition
	if err := json.Unmarshal(js, &written); err != nil {
		return diag.Findings{d.finding("crd-schema", "", "read the definition: "+strings.TrimPrefix(err.Error(), "json: "))}
	}
	apiextensionsv1.SetObjectDefaults_CustomResourceDefinition(&written)
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&written, &crd, nil); err != nil {
		return diag.Findings{d.finding("crd-schema", "", err.Error())}
	}
	crd.Status = apiextensions.CustomResourceDefinitionStatus{}
	for _, v := range crd.Spec.Versions {
		if v.Storage {
			crd.Status.StoredVersions = []string{v.Name}
		}
	}
	errs := crdvalidation.ValidateCustomResourceDefinition(ctx, &crd)
	if len(errs) == 0 {
		d.crd = &crd
		return nil
	}
	var findings diag.Findings
	for _, e := range errs {
		if strings.HasPrefix(e.Field, "metadata") && !strings.Contains(e.Detail, "spec.") || derived(e) { // said by the check of its fields
			continue
		}
		path := hoisted(e.Field)
		rule := "crd-schema"
		if strings.Contains(path, "x-kubernetes-validations") {
			rule = "crd-rule"
		}
		findings = append(findings, d.finding(rule, path, detail(e)))
	}
	if len(findings) == 0 {
		d.crd = &crd
	}
	return findings
}

// derived reports what nobody wrote: it follows from other fields, about which there is an error as well.
func derived(e *field.Error) bool {
	switch e.Field {
	case "spec.names.singular", "spec.names.listKind":
		return e.Type == field.ErrorTypeRequired
	default:
		return strings.HasPrefix(e.Field, "status.")
	}
}

func (d *definition) finding(rule, path, message string) diag.Finding {
	f := diag.Errorf(rule, object.NewLocator(d.object, &sync.Map{}).Place(path), "%s", message).WithPath(path)
	f.Object = d.object.ID().String()
	return f
}

// hoisted turns a path of the API server's own form of a definition into one of what people write: what all versions have
// in common it keeps beside the versions.
func hoisted(path string) string {
	for common, own := range map[string]string{
		"spec.validation": "schema", "spec.subresources": "subresources", "spec.version": "name",
		"spec.additionalPrinterColumns": "additionalPrinterColumns", "spec.selectableFields": "selectableFields",
	} {
		if rest, found := strings.CutPrefix(path, common); found && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			path = "spec.versions[0]." + own + rest
		}
	}
	path = strings.Replace(path, "spec.conversion.webhookClientConfig", "spec.conversion.webhook.clientConfig", 1)
	path = strings.Replace(path, "spec.conversion.conversionReviewVersions", "spec.conversion.webhook.conversionReviewVersions", 1)
	return fieldPath(path)
}

// version is the version of the kind that an object has, and what there is to say of it.
func (d *definition) version(gvk openapi.GVK) (*version, *diag.Finding) {
	if d.crd == nil {
		return nil, nil
	}
	var served []string
	for _, v := range d.crd.Spec.Versions {
		if v.Served {
			served = append(served, gvk.Group+"/"+v.Name)
		}
		if v.Name == gvk.Version && v.Served {
			return d.compiled(v), d.outdated(gvk, v)
		}
	}
	f := diag.Errorf("version-not-served", diag.Position{}, "the CustomResourceDefinition of %s serves no version %s", gvk.Kind, gvk.Version).
		WithPath("apiVersion").WithHint("it serves %s", strings.Join(served, ", "))
	return nil, &f
}

// outdated warns of a version that its definition calls deprecated. One of the same schema takes its place as it is.
func (d *definition) outdated(gvk openapi.GVK, v apiextensions.CustomResourceDefinitionVersion) *diag.Finding {
	if !v.Deprecated {
		return nil
	}
	f := diag.Warningf("deprecated-api", diag.Position{}, "%s %s is deprecated", gvk.APIVersion(), gvk.Kind).WithPath("apiVersion")
	if v.DeprecationWarning != nil {
		f.Message = *v.DeprecationWarning
	}
	converts := d.crd.Spec.Conversion != nil && d.crd.Spec.Conversion.Strategy != apiextensions.NoneConverter
	for _, other := range d.crd.Spec.Versions {
		if other.Served && !other.Deprecated && !converts && reflect.DeepEqual(other.Schema, v.Schema) {
			f.Proposed = gvk.Group + "/" + other.Name
			f.Hint = "write " + f.Proposed + ", whose schema is the same"
		}
	}
	return &f
}

// transitions says once that rules about changes are not checked.
func (k *kinds) transitions() diag.Findings {
	var first *definition
	n := 0
	for _, key := range slices.SortedFunc(keys(k.custom), compareKeys) {
		d := k.custom[key]
		rules := 0
		for _, v := range d.versions {
			rules += v.transitions
		}
		if n += rules; rules > 0 && first == nil {
			first = d
		}
	}
	if n == 0 {
		return nil
	}
	f := diag.Infof("transition-rules", object.NewLocator(first.object, &sync.Map{}).Place(""), "%s compared with the object in the cluster, and not checked here",
		count(n, "rule is", "rules are")).WithHint("the API server checks them when it applies a change")
	f.Object = first.object.ID().String()
	return diag.Findings{f}
}

// compares finds rules about a change.
func compares(rule string) bool { return regexp.MustCompile(`\boldSelf\b`).MatchString(rule) }
