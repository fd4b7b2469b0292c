package plan

import (
	"errors"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
)

const (
	template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: privileged}\n" +
		"spec: {crd: {spec: {names: {kind: Privileged}}}}\n"
	constraint = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Privileged\nmetadata: {name: privileged}\n"
)

func TestWithoutGatekeeper(t *testing.T) {
	objects := parsed(t, template+"---\n"+constraint+"---\n"+configMap)
	for _, c := range []struct {
		name     string
		missing  schema.GroupKind
		selected func(string, string) bool
		want     string
	}{
		{"it is there", schema.GroupKind{}, nil, ""},
		{"it is not", schema.GroupKind{Group: templates, Kind: "ConstraintTemplate"}, nil, RuleGatekeeper},
		{"it is not needed now", schema.GroupKind{Group: templates, Kind: "ConstraintTemplate"}, func(release, _ string) bool { return release == "other" }, ""},
	} {
		in := applied().input(objects...)
		in.Selected = c.selected
		in.Observed.Gatekeeper = map[schema.GroupKind]bool{c.missing: true}
		_, err := Make(in)
		wantRefusal(t, err, c.want)
		if c.want != "" && (!strings.Contains(err.Error(), "ConstraintTemplate.templates.gatekeeper.sh/privileged") ||
			!strings.Contains(err.Error(), "policyEnforcement: none") || strings.Contains(err.Error(), "approvals")) {
			t.Errorf("%s: the refusal says %v\nwant what it is about and what to do, and no approval, which would not help", c.name, err)
		}
	}
	in := applied(objects...).input()
	in.Options.Destroy, in.Observed.Gatekeeper = true, map[schema.GroupKind]bool{{Group: templates, Kind: "ConstraintTemplate"}: true}
	p, err := Make(in)
	if errors.Is(err, ErrRefused) && strings.Contains(err.Error(), RuleGatekeeper) {
		t.Errorf("destroy is refused: %v", err)
	}
	var order []string
	for _, a := range p.Actions {
		order = append(order, a.ID.Kind)
	}
	if got := strings.Join(order, " "); got != "Privileged ConfigMap ConstraintTemplate" && got != "ConfigMap Privileged ConstraintTemplate" {
		t.Errorf("destroy deletes %s, want constraints before their templates: Gatekeeper takes the kind away with the template", got)
	}
}

// TestRestarts: a plan says whose Pods start anew because their exemptions are written into the template or leave it.
func TestRestarts(t *testing.T) {
	web := func(annotations string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {template: {metadata: {annotations: {" + annotations + "}}}}\n"
	}
	const exempt, owned = "otomi.io/policy-ignore: privileged", `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:otomi.io/policy-ignore":{}}}}}}`
	for _, c := range []struct{ name, was, is, fields, want string }{
		{"it comes", web("a: b"), web(exempt), `{}`, "its template gets"},
		{"it goes", web(exempt), web("a: b"), owned, "its template loses"},
		{"it stays, something else changes", web(exempt), web(exempt + ", a: b"), owned, ""},
		{"there never was one", web("a: b"), web("a: c"), `{}`, ""},
		{"nothing changes", web(exempt), web(exempt), owned, ""},
	} {
		w := applied(parsed(t, c.was)...)
		for _, m := range w.seen.Objects {
			m.Managers = []metav1.ManagedFieldsEntry{managed(object.FieldManager, metav1.ManagedFieldsOperationApply, "", 1, c.fields)}
		}
		p, err := Make(w.input(parsed(t, c.is)...))
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, f := range p.Findings {
			if f.Rule == "pod-restart" && f.Object == "Deployment/shop/web" {
				said = f.Message
			}
		}
		if (said == "") != (c.want == "") || !strings.Contains(strings.Replace(said, "their", "its", 1), c.want) {
			t.Errorf("%s: the plan says %q, want %q", c.name, said, c.want)
		}
	}
}
