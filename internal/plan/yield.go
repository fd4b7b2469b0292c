package plan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// IgnoreFieldsKey is the annotation of a desired object that lists fields whose live values stay, as JSON pointers.
const IgnoreFieldsKey = "otomi.io/ignore-fields"

// yields are the fields of an object that are left to others: we send them when the object is made, and never again.
func (m *maker) yields(o object.Object, live *Meta) []Field {
	var fields []Field
	if _, scaled := m.scalers[o.ID()]; scaled {
		fields = append(fields, fieldAt("spec", "replicas"))
	}
	fields = append(fields, m.ignored(o, live)...)
	injected := injects(o)
	for _, f := range bundles(o) {
		if injected || live != nil && ownedByController(live, f.known(o.Object)) {
			fields = append(fields, f)
		}
	}
	if live != nil {
		fields = append(fields, grown(o, live)...)
	}
	return fields
}

// injects reports an object into which a controller writes certificates of authorities.
func injects(o object.Object) bool {
	a := o.GetAnnotations()
	for _, key := range []string{"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret"} {
		if a[key] != "" {
			return true
		}
	}
	return a["cert-manager.io/inject-apiserver-ca"] == "true" || a["service.beta.openshift.io/inject-cabundle"] == "true"
}

// bundles are the places in an object where certificates of authorities go.
func bundles(o object.Object) []Field {
	client := fieldAt("clientConfig", "caBundle")
	switch gvk := o.GroupVersionKind(); gvk.Group + "/" + gvk.Kind {
	case "admissionregistration.k8s.io/ValidatingWebhookConfiguration", "admissionregistration.k8s.io/MutatingWebhookConfiguration":
		var fields []Field
		hooks, _ := o.Object["webhooks"].([]any)
		for i := range hooks {
			fields = append(fields, append(fieldAt("webhooks", strconv.Itoa(i)), client...))
		}
		return fields
	case "apiextensions.k8s.io/CustomResourceDefinition":
		return []Field{append(fieldAt("spec", "conversion", "webhook"), client...)}
	case "apiregistration.k8s.io/APIService":
		return []Field{fieldAt("spec", "caBundle")}
	case "/ConfigMap":
		if o.GetAnnotations()["service.beta.openshift.io/inject-cabundle"] == "true" {
			return []Field{fieldAt("data", "service-ca.crt")}
		}
	}
	return nil
}

// The labels that kapp puts into whatever selects Pods, and into the Pods.
func kappLabels() []string { return []string{"kapp.k14s.io/app", "kapp.k14s.io/association"} }

const restartedAt = "kubectl.kubernetes.io/restartedAt"

// grown are fields that came to an object in its former life and cannot go without its Pods: what kapp put into selectors and
// templates, which cannot be changed, and when the Pods were last restarted by hand.
func grown(o object.Object, live *Meta) []Field {
	template, path := o.PodTemplate()
	if template == nil || len(path) == 0 {
		return nil
	}
	var fields []Field
	for _, label := range kappLabels() {
		if f := fieldAt(append(slices.Clone(path), "metadata", "labels", label)...); owned(live, f) {
			fields = append(fields, f)
		}
	}
	if gvk := o.GroupVersionKind(); len(fields) > 0 && gvk.Group == "apps" {
		fields = append(fields, fieldAt("spec", "selector"))
		if gvk.Kind == "StatefulSet" {
			fields = append(fields, fieldAt("spec", "volumeClaimTemplates"))
		}
	}
	if f := fieldAt(append(slices.Clone(path), "metadata", "annotations", restartedAt)...); owned(live, f) {
		fields = append(fields, f)
	}
	return fields
}

// ignored reads the annotation that names fields to leave alone, and tells of pointers that cannot do what they say, or do
// nothing.
func (m *maker) ignored(o object.Object, live *Meta) []Field {
	var fields []Field
	for pointer := range strings.FieldsFuncSeq(o.GetAnnotations()[IgnoreFieldsKey], separates()) {
		if pointer = strings.TrimSpace(pointer); pointer == "" {
			continue
		}
		f, err := ParseField(pointer)
		if err == nil && identifies(f) {
			err = errors.New("this is what tells the object, or its owner, from others")
		}
		if err == nil {
			err = m.ignorable(o, live, pointer, f)
		}
		if err != nil {
			m.note(o, diag.Errorf("ignore-fields", diag.Position{}, "%s: %s: %v", IgnoreFieldsKey, pointer, err).
				WithHint("write for example /spec/replicas or /spec/template/spec/containers/[name=app]/image"))
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

// ignorable refuses a field that the server does not know apart from what is around it.
func (m *maker) ignorable(o object.Object, live *Meta, pointer string, f Field) error {
	_, sent := f.In(o.Object)
	place := f.known(o.Object)
	if sent && live != nil {
		if whole := ownedAround(live, place); whole != nil {
			return fmt.Errorf("the API server knows %s only as a whole", f[:len(whole)])
		}
	}
	if !sent && (live == nil || !owned(live, place)) {
		m.note(o, diag.Warningf("ignore-fields-unused", diag.Position{}, "%s: %s: the object has no such field", IgnoreFieldsKey, pointer))
	}
	return nil
}

// note puts a finding at the annotation.
func (m *maker) note(o object.Object, f diag.Finding) {
	f.Path = annotation(IgnoreFieldsKey)
	f.At, f.Object = object.NewLocator(o, new(sync.Map)).Place(f.Path), o.ID().String()
	m.plan.Findings = append(m.plan.Findings, f)
}

// separates splits pointers at commas and line ends. A comma between brackets is part of a pointer.
func separates() func(rune) bool {
	inside := false
	return func(r rune) bool {
		switch r {
		case '[':
			inside = true
		case ']', '\n':
			inside = false
		}
		return r == '\n' || r == ',' && !inside
	}
}

// identifies reports a field that every apply has to send.
func identifies(f Field) bool {
	for _, needed := range []Field{
		fieldAt("apiVersion"), fieldAt("kind"), fieldAt("metadata", "name"), fieldAt("metadata", "namespace"),
		fieldAt("metadata", "labels", object.LabelPartOf), fieldAt("metadata", "annotations", IgnoreFieldsKey),
	} {
		n := min(len(f), len(needed))
		if slices.EqualFunc(f[:n], needed[:n], func(a, b Step) bool { return a.Match == nil && a.Name == b.Name }) {
			return true
		}
	}
	return false
}
