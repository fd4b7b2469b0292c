package gatekeeper

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

func objects(t *testing.T, text string) []object.Object {
	t.Helper()
	list, findings := object.Parse("m.yaml", []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return list
}

// template is a ConstraintTemplate whose Rego begins at line 10.
func template(rego string) string {
	return `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: thing}
spec:
  crd:
    spec: {names: {kind: Thing}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        ` + strings.ReplaceAll(rego, "\n", "\n        ") + "\n"
}

// A mistake in Rego is at the line of the YAML that it stands in, wherever the template stands in its file.
func TestPlacesOfRego(t *testing.T) {
	const before = "# first\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n\n# second\n"
	for name, test := range map[string]struct{ text, want string }{
		"syntax":     {template("package x\n\nviolation[{\"msg\": \"a\"}] {\n  true }}"), "m.yaml:13:17: "},
		"compile":    {template("package x\nviolation[{\"msg\": msg}] { true }"), "m.yaml:11:27: "},
		"reference":  {template("package x\nviolation[{\"msg\": \"a\"}] { data.secret.word }"), "m.yaml:11:35: "},
		"function":   {template("package x\nviolation[{\"msg\": \"a\"}] { http.send({}) }"), "m.yaml:11:35: "},
		"further":    {before + template("package x\nviolation[{\"msg\": msg}] { true }"), "m.yaml:18:27: "},
		"one line":   {strings.Replace(template("package x"), "|\n        package x", `"package x\nviolation[{\"msg\": msg}] { true }"`, 1), "m.yaml:9:13: "},
		"in library": {template("package x\nviolation[{\"msg\": \"a\"}] { true }") + "      libs:\n        - |\n          package lib.a\n\n          b = data.c\n", "m.yaml:16:15: "},
	} {
		_, findings := Read(objects(t, test.text))
		if len(findings) != 1 || !strings.HasPrefix(findings[0].String(), test.want) || findings[0].Severity != diag.Error {
			t.Errorf("%s: Read = %v, want one error at %s", name, findings, test.want)
		}
	}
}

// Whatever else a policy could reach is not there, and the hint says so.
func TestNoNetwork(t *testing.T) {
	for _, call := range []string{"http.send({})", "opa.runtime()", "time.now_ns()", "external_data({})"} {
		_, findings := Read(objects(t, template("package x\nviolation[{\"msg\": \"a\"}] { "+call+" }")))
		if len(findings) != 1 || !strings.Contains(findings[0].Hint, "no network") {
			t.Errorf("%s: Read = %v, want an error with a hint", call, findings)
		}
	}
}

func TestDuplicates(t *testing.T) {
	one := template("package x\nviolation[{\"msg\": \"a\"}] { true }")
	if _, findings := Read(objects(t, one+"---\n"+one)); len(findings) > 0 {
		t.Errorf("Read of the same template twice = %v", findings)
	}
	other := strings.Replace(one, `"a"`, `"b"`, 1)
	_, findings := Read(objects(t, one+"---\n"+other))
	if len(findings) != 1 || findings[0].Rule != "gatekeeper-duplicate" {
		t.Errorf("Read of two templates of a name = %v", findings)
	}
}

// What generateName begins is matched by patterns that say nothing of the end.
func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern, name, generate string
		want                    bool
	}{
		{"web", "web", "", true},
		{"web", "web-1", "", false},
		{"web*", "web-1", "", true},
		{"*1", "web-1", "", true},
		{"*b-*", "web-1", "", true},
		{"*", "any", "", true},
		{"run-*", "", "run-", true},
		{"run-*", "", "run-it-", true},
		{"run-*", "", "walk-", false},
		{"*un*", "", "run-", true},
		{"*run-", "", "run-", false},
		{"run-", "", "run-", false},
		{"run-*", "", "", false},
	} {
		o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": c.name, "generateName": c.generate}}}
		m := match{Name: c.pattern}
		if got, err := m.matches(o, around{}); got != c.want || err != nil {
			t.Errorf("name %s of %q, generateName %q = %t, %v; want %t", c.pattern, c.name, c.generate, got, err, c.want)
		}
	}
}

// Every Namespace has the label that the API server gives it.
func TestNamespaceLabels(t *testing.T) {
	m := match{}
	spec, ok := decode[constraintSpec](newReader(object.Object{}), constraintRule, "spec", map[string]any{
		"match": map[string]any{"namespaceSelector": map[string]any{"matchExpressions": []any{
			map[string]any{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": []any{"kube-system", "default"}},
		}}},
	})
	if m = spec.Match; !ok || m.compile() != nil {
		t.Fatal("the selector is wrong")
	}
	of := func(kind, name, namespace string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name, "namespace": namespace}}}
	}
	for _, c := range []struct {
		object, namespace *unstructured.Unstructured
		want              bool
	}{
		{of("Namespace", "kube-system", ""), nil, false},
		{of("Namespace", "blue", ""), nil, true},
		{of("Pod", "a", "kube-system"), of("Namespace", "kube-system", ""), false},
		{of("Pod", "a", "blue"), of("Namespace", "blue", ""), true},
		{of("Pod", "a", "default"), nil, false},
	} {
		if got, err := m.matches(c.object, around{namespace: c.namespace}); got != c.want || err != nil {
			t.Errorf("%s %s in %s = %t, %v; want %t", c.object.GetKind(), c.object.GetName(), c.object.GetNamespace(), got, err, c.want)
		}
	}
}

// A template that is asked only when objects are deleted has no say in what is applied.
func TestOperations(t *testing.T) {
	constraint := "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Thing\nmetadata: {name: all}\n"
	for operations, want := range map[string]int{"[DELETE]": 0, "[DELETE, CONNECT]": 0, "[UPDATE]": 1, "[CREATE, DELETE]": 1, `["*"]`: 1, "[]": 1} {
		text := template("package x\nviolation[{\"msg\": \"a\"}] { true }") + "      operations: " + operations + "\n" + constraint
		set, findings := Read(objects(t, text))
		if got := len(set.Constraints()); got != want || len(findings) > 0 {
			t.Errorf("operations %s: %d constraints judge, %v; want %d", operations, got, findings, want)
		}
	}
}

func TestExpandPaths(t *testing.T) {
	text := ""
	for _, x := range [][3]string{{"cronjobs", "CronJob", "spec.jobTemplate"}, {"jobs", "Job", "spec.template"}} {
		made := map[string]string{"CronJob": "{group: batch, version: v1, kind: Job}", "Job": "{version: v1, kind: Pod}"}[x[1]]
		text += "apiVersion: expansion.gatekeeper.sh/v1beta1\nkind: ExpansionTemplate\nmetadata: {name: " + x[0] + "}\nspec: {applyTo: [{groups: [batch], versions: [v1], kinds: [" + x[1] + "]}], templateSource: " + x[2] + ", generatedGVK: " + made + "}\n---\n"
	}
	text += "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: Nightly, namespace: x}\nspec: {jobTemplate: {spec: {template: {spec: {hostPID: true}}}}}\n"
	list := objects(t, text)
	set, findings := Read(list)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	made, err := set.Expand(list[2].Unstructured)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range made {
		got = append(got, g.Object.GetKind()+" "+g.Object.GetName()+" "+g.Path("spec.hostPID")+" "+g.Message("m"))
	}
	want := []string{
		"Pod nightly-job-pod spec.jobTemplate.spec.template.spec.hostPID [Implied by jobs] m",
		"Job nightly-job spec.jobTemplate.spec.hostPID [Implied by cronjobs] m",
	}
	if !slices.Equal(got, want) {
		t.Errorf("Expand = %q, want %q", got, want)
	}
	if _, changed, _ := unstructured.NestedMap(list[2].Object, "spec", "jobTemplate", "metadata"); changed {
		t.Error("Expand changed the object")
	}
}
