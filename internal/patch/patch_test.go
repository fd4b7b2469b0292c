package patch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

const manifests = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: a, labels: {app: web}}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - {name: web, image: nginx, args: ["1"]}
        - {name: side, image: quay.io/side:1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: a}
data: {a: "1"}
---
apiVersion: example.com/v1
kind: Big
metadata: {name: big, namespace: a, annotations: {keep: "yes"}}
spec: {n: 9007199254740993, f: 1.5}
`

func objects(t *testing.T) []object.Object {
	t.Helper()
	all, findings := object.Parse("x.yaml", []byte(manifests))
	if findings.Failed() {
		t.Fatal(findings)
	}
	other, _ := object.Parse("y.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf, namespace: b}\n"))
	for i := range all {
		all[i].Release = "one"
	}
	other[0].Release = "two"
	return append(all, other...)
}

func patches(t *testing.T, text string) []Patch {
	t.Helper()
	n, findings := source.Parse("p.yaml", []byte(text))
	if findings.Failed() {
		t.Fatal(findings)
	}
	var p []Patch
	if f := source.Decode(n, &p); f.Failed() {
		t.Fatal(f)
	}
	return p
}

func TestApply(t *testing.T) {
	for _, tc := range []struct{ name, patches, want string }{
		{
			"strategic merge, named by the patch", `
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: side, image: quay.io/side:2}]}}}
`, `{replicas: 1, template: {spec: {containers: [{name: side, image: "quay.io/side:2"}, {name: web, image: nginx, args: ["1"]}]}}}`,
		},
		{"JSON patch by target", `
- target: {kind: Deployment, labelSelector: app=web}
  patch: |
    - {op: replace, path: /spec/replicas, value: 3}
    - {op: remove, path: /spec/template}
`, `{replicas: 3}`},
		{"in order", `
- target: {kind: Deploy.*}
  patch: '[{"op": "remove", "path": "/spec/template"}]'
- target: {name: web}
  patch: |
    kind: any
    metadata: {name: any}
    spec: {replicas: 5}
`, `{replicas: 5}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := objects(t)
			got, findings := Apply(before, []Set{{Release: "one", Patches: patches(t, tc.patches)}}, nil)
			if len(findings) > 0 {
				t.Fatalf("Apply found %v", findings)
			}
			var want any
			if err := yaml.Unmarshal([]byte(tc.want), &want); err != nil {
				t.Fatal(err)
			}
			text, _ := yaml.Marshal(got[0].Object["spec"])
			var have any
			_ = yaml.Unmarshal(text, &have)
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("Apply (-want +got):\n%s", diff)
			}
			for i := 1; i < len(before); i++ {
				if diff := cmp.Diff(before[i].Object, got[i].Object); diff != "" {
					t.Errorf("Apply changed %s:\n%s", before[i].ID(), diff)
				}
			}
			if got[0].Release != "one" || got[0].Source.File != "x.yaml" {
				t.Errorf("Apply lost where %s comes from", got[0].ID())
			}
			if diff := cmp.Diff(objects(t)[0].Object, before[0].Object); diff != "" {
				t.Errorf("Apply changed its input:\n%s", diff)
			}
		})
	}
}

func TestApplyDeletes(t *testing.T) {
	got, findings := Apply(objects(t), []Set{{Release: "one", Patches: patches(t, `
- patch: |
    $patch: delete
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: conf}
`)}}, nil)
	var names []string
	for _, o := range got {
		names = append(names, o.ID().String())
	}
	want := []string{"Deployment/a/web", "Big.example.com/a/big", "ConfigMap/b/conf"}
	if diff := cmp.Diff(want, names); diff != "" || len(findings) > 0 {
		t.Errorf("Apply found %v, left (-want +got):\n%s", findings, diff)
	}
}

func TestApplyFindings(t *testing.T) {
	for _, tc := range []struct{ name, patches, want string }{
		{"no match by target", `- {target: {kind: Deployment, name: wbe}, patch: "spec: {}"}`, `p.yaml:1:3: the patch matches no object of release one (did you mean "web"?)`},
		{"no match by kind", `- {target: {kind: Deploymnt}, patch: "spec: {}"}`, `p.yaml:1:3: the patch matches no object of release one (did you mean "Deployment"?)`},
		{"no match by name", "- patch: |\n    {apiVersion: v1, kind: ConfigMap, metadata: {name: other}}", `p.yaml:1:3: the patch matches no object of release one`},
		{"another release's object", `- {target: {kind: ConfigMap, namespace: b}, patch: "data: {}"}`, `p.yaml:1:3: the patch matches no object of release one`},
		{"no target", `- {patch: '[{"op": "remove", "path": "/x"}]'}`, `p.yaml:1:3: a JSON patch needs a target`},
		{"no name", `- {patch: "spec: {replicas: 1}"}`, `p.yaml:1:3: without a target, a patch names its object: apiVersion, kind and metadata.name`},
		{"bad selector", `- {target: {labelSelector: "a=b=c"}, patch: "spec: {}"}`, `p.yaml:1:3: target: found '=', expected: ',' or 'end of string'`},
		{"bad path", `- {target: {kind: ConfigMap}, patch: '[{"op": "remove", "path": "/data/none"}]'}`, `p.yaml:1:3: error in remove for path: '/data/none': Unable to remove nonexistent key: none: missing value`},
		{"not a patch", `- {target: {kind: ConfigMap}, patch: "nonsense"}`, `p.yaml:1:3: the patch is neither a strategic merge patch nor a JSON patch`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, findings := Apply(objects(t), []Set{{Release: "one", Patches: patches(t, tc.patches)}}, nil)
			if findings.Error() != tc.want {
				t.Errorf("Apply found %q, want %q", findings.Error(), tc.want)
			}
			if len(got) != 4 {
				t.Errorf("Apply returned %d objects, want all", len(got))
			}
		})
	}
}

func TestDecode(t *testing.T) {
	for _, tc := range []struct{ name, yaml, want string }{
		{"both", `- {patch: a, path: b}`, `p.yaml:1:3: [0]: a patch has either patch or path`},
		{"neither", `- {target: {kind: a}}`, `p.yaml:1:3: [0]: a patch has either patch or path`},
		{"unknown field", `- {patch: a, target: {knd: a}}`, `p.yaml:1:23: [0].target.knd: unknown field "knd" (did you mean "kind"?)`},
		{"unknown option", `- {patch: a, options: {allow: true}}`, `p.yaml:1:23: [0]: unknown option "allow" (the options are allowKindChange, allowNameChange)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n, _ := source.Parse("p.yaml", []byte(tc.yaml))
			var p []Patch
			if got := source.Decode(n, &p).Error(); got != tc.want {
				t.Errorf("Decode found %q, want %q", got, tc.want)
			}
		})
	}
}

func TestRewriteImages(t *testing.T) {
	rules := []Rewrite{{From: "docker.io", To: "mirror.acme.io/hub"}, {From: "quay.io/org", To: "mirror.acme.io/quay/"}, {From: "quay.io/org/app", To: "apps.acme.io"}}
	for image, want := range map[string]string{
		"nginx":                       "mirror.acme.io/hub/library/nginx",
		"nginx:1.29":                  "mirror.acme.io/hub/library/nginx:1.29",
		"docker.io/nginx@sha256:ab":   "mirror.acme.io/hub/library/nginx@sha256:ab",
		"index.docker.io/org/app:1":   "mirror.acme.io/hub/org/app:1",
		"org/app":                     "mirror.acme.io/hub/org/app",
		"quay.io/org/tool:2":          "mirror.acme.io/quay/tool:2",
		"quay.io/org/app:2":           "apps.acme.io:2",
		"quay.io/organisation/tool:2": "quay.io/organisation/tool:2",
		"quay.io/org/apps:2":          "mirror.acme.io/quay/apps:2",
		"localhost:5000/docker.io/x":  "localhost:5000/docker.io/x",
		"docker.io.evil.com/x":        "docker.io.evil.com/x",
	} {
		if got := rewrite(image, rules); got != want {
			t.Errorf("rewrite(%s) = %s, want %s", image, got, want)
		}
	}
}

func TestRewriteKinds(t *testing.T) {
	pod := `{initContainers: [{image: a}], containers: [{image: b}, {name: none}], ephemeralContainers: [{image: c}], volumes: [{name: v, image: {reference: d}}, {name: w, emptyDir: {}}]}`
	for _, tc := range []struct{ name, manifest string }{
		{"Pod", "apiVersion: v1\nkind: Pod\nspec: " + pod},
		{"Deployment", "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: " + pod + "}}"},
		{"CronJob", "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: " + pod + "}}}}"},
		{"PodTemplate", "apiVersion: v1\nkind: PodTemplate\ntemplate: {spec: " + pod + "}"},
		{"custom workload", "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {template: {spec: " + pod + "}}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in, findings := object.Parse("x.yaml", []byte(tc.manifest+"\nmetadata: {name: x}\n"))
			if findings.Failed() {
				t.Fatal(findings)
			}
			before := in[0].DeepCopy()
			got, _ := Apply(in, nil, []Rewrite{{From: "docker.io/library", To: "r"}})
			spec := podSpec(got[0].Object, got[0].GetKind())
			want := map[string]any{}
			_ = yaml.Unmarshal([]byte(`{initContainers: [{image: r/a}], containers: [{image: r/b}, {name: none}], ephemeralContainers: [{image: r/c}], volumes: [{name: v, image: {reference: r/d}}, {name: w, emptyDir: {}}]}`), &want)
			if diff := cmp.Diff(want, spec); diff != "" {
				t.Errorf("Apply (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before.Object, in[0].Object); diff != "" {
				t.Errorf("Apply changed its input:\n%s", diff)
			}
		})
	}
	in, _ := object.Parse("x.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nspec: {containers: [{image: nginx}]}\n"))
	if got, _ := Apply(in, nil, []Rewrite{{From: "docker.io", To: "r"}}); got[0].Unstructured != in[0].Unstructured {
		t.Errorf("Apply touched a ConfigMap: %v", got[0].Object)
	}
}
