package kustomize

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// build runs the command of an example's README at the root of a tree.
func build(t *testing.T, dir, example string, without ...string) result {
	t.Helper()
	need(t, "kustomize", "merge-values", "render-platform", "validate-manifests", "check-policies", "kubectl-otomi")
	readme, err := os.ReadFile(filepath.Join(root(t), "examples", example, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(readme)
	if m == nil {
		t.Fatal("the README shows no command")
	}
	command := string(m[1])
	for _, flag := range without {
		if !strings.Contains(command, flag) {
			t.Fatalf("the README's command has no %s", flag)
		}
		command = strings.Replace(command, flag, "", 1)
	}
	return run(t, dir, "", "sh", "-c", command)
}

// TestSameObjects is the promise of the functions: inside kustomize, the same objects as from the plugin.
func TestSameObjects(t *testing.T) {
	got := build(t, root(t), "kustomize-pipeline")
	if got.code != 0 {
		t.Fatalf("kustomize build: exit code %d\n%s", got.code, got.stderr)
	}
	want := run(t, root(t), "", filepath.Join(root(t), "bin", "kubectl-otomi"), "template", "-C", "examples/acme", "--cluster", "dev")
	if want.code != 0 {
		t.Fatalf("kubectl otomi template: exit code %d\n%s", want.code, want.stderr)
	}
	if n := len(objects(t, want.stdout)); n < 20 {
		t.Errorf("kubectl otomi template prints %d objects; the comparison would prove little", n)
	}
	if diff := cmp.Diff(objects(t, want.stdout), objects(t, got.stdout)); diff != "" {
		t.Errorf("objects of the plugin and of kustomize (-plugin +kustomize):\n%s", diff)
	}
	// Each object says that it was rendered and checked, and nothing of the machinery is left on it.
	count := strings.Count(got.stdout, "\nkind: ")
	marks := regexp.MustCompile(`(?m)^    validated-by: otomi-[0-9a-f]{8}$`).FindAllString(got.stdout, -1)
	if rendered := strings.Count(got.stdout, "\n    otomi.io/rendered-by: acme-platform\n"); len(marks) != count || rendered != count {
		t.Errorf("of %d objects, %d are marked as checked and %d as rendered", count, len(marks), rendered)
	}
	if strings.Contains(got.stdout, "internal.config.kubernetes.io") || strings.Contains(got.stdout, "kind: Values") {
		t.Error("what only feeds the functions is left in the result")
	}
	if again := build(t, root(t), "kustomize-pipeline"); again.stdout != got.stdout {
		t.Errorf("a second build differs (-first +second):\n%s", cmp.Diff(got.stdout, again.stdout))
	}
}

// TestWithoutExec shows why objects carry the mark of the check: without the flag kustomize builds nothing and calls it a success.
func TestWithoutExec(t *testing.T) {
	got := build(t, root(t), "kustomize-pipeline", "--enable-exec")
	if got.code != 0 || strings.Contains(got.stdout, "validated-by") {
		t.Errorf("exit code %d, stdout %q; kustomize has changed: say so in the READMEs", got.code, got.stdout)
	}
}

// TestErrors changes the values repo and wants the build to fail with the place that is wrong.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		file, before, after string
		want                []string
	}{
		"policy violation": {
			"examples/acme/env/apps/website.yaml", "apps:\n  website:\n", "apps:\n  website:\n    rawValues: {image: {tag: latest}}\n",
			[]string{"website/templates/deployment.yaml: error: Deployment/website/website: spec.template.spec.containers[0].image: ", " [banned-image-tags]\n"},
		},
		"unknown value": {
			"examples/acme/env/apps/website.yaml", "apps:\n  website:\n", "apps:\n  website:\n    enabeld: true\n",
			[]string{"env/apps/website.yaml:", `: error: apps.website.enabeld: unknown value "enabeld" [unknown-value]`, "|     enabeld: true\n", `did you mean "enabled"?`},
		},
		"selector of other Pods": {
			"examples/acme/charts/website/templates/deployment.yaml", "    matchLabels:\n", "    matchLabels:\n      tier: other\n",
			[]string{"website/templates/deployment.yaml: error: Deployment/website/website: spec.selector.matchLabels", " [selector-mismatch]\n"},
		},
		"template error": {
			"examples/acme/platform/runlevels/55-website.yaml", "releases:", "releases: {{ .Values.missing.thing }}",
			[]string{"acme-core/platform/runlevels/55-website.yaml:", ": error: ", "missing", " [template]\n"},
		},
		"unknown field": {
			"examples/kustomize-pipeline/render-platform.yaml", "  values: {name: merged}", "  valeus: {name: merged}",
			[]string{`RenderPlatform.otomi.io/acme-platform: error: spec.valeus: unknown field "valeus" [unknown-field]`, `did you mean "values"?`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyOf(t)
			edit(t, filepath.Join(dir, filepath.FromSlash(c.file)), c.before, c.after)
			got := build(t, dir, "kustomize-pipeline")
			if got.code == 0 || got.stdout != "" {
				t.Errorf("exit code %d and stdout %q; want a failure and nothing", got.code, got.stdout)
			}
			for _, want := range c.want {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("stderr does not hold %q:\n%s", want, got.stderr)
				}
			}
		})
	}
}
