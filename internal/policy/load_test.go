package policy

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

func testCore() fs.FS { return os.DirFS("testdata/core") }

func load(t *testing.T, fsys fs.FS) *Set {
	t.Helper()
	set, findings := Load(fsys, nil)
	if len(findings) > 0 {
		t.Fatalf("Load = %v, want no findings", show(findings))
	}
	return set
}

// show writes findings as tests compare them: everything a user sees but excerpts.
func show(findings diag.Findings) []string {
	var lines []string
	for _, f := range findings {
		line := fmt.Sprintf("%s [%s] %s", f.Severity, f.Rule, f)
		for _, n := range f.Notes {
			line += fmt.Sprintf(" | %s: %s", n.At, n.Message)
		}
		lines = append(lines, line)
	}
	return lines
}

func wantFindings(t *testing.T, call string, got diag.Findings, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, show(got)); diff != "" {
		t.Errorf("%s: findings differ (-want +got):\n%s", call, diff)
	}
}

func TestLoad(t *testing.T) {
	set := load(t, testCore())
	want := []Policy{
		{
			ID: "max-replicas", Title: "Replicas", Severity: diag.Warning, Preset: Baseline, Fix: "ask for fewer replicas",
			Kinds: []Kinds{{APIGroups: []string{"apps"}, Kinds: []string{"Deployment"}}},
		},
		{
			ID: "no-latest", Title: "Tags that move", Description: "A tag that moves gives two Pods two programs.",
			Severity: diag.Error, Preset: Baseline, Fix: "name a version",
			Kinds: []Kinds{{APIGroups: []string{""}, Kinds: []string{"Pod"}}, {APIGroups: []string{"apps"}, Kinds: []string{"*"}}},
		},
		{
			ID: "unique-hosts", Title: "Hosts", Severity: diag.Error, Preset: Privileged,
			Kinds: []Kinds{{APIGroups: []string{"networking.k8s.io"}, Kinds: []string{"Ingress"}}},
		},
	}
	got := set.Policies()
	for i := range got {
		if takes := got[i].ParametersSchema != nil; takes != (got[i].ID != "unique-hosts") {
			t.Errorf("Policies()[%s].ParametersSchema = %v", got[i].ID, got[i].ParametersSchema)
		}
		got[i].ParametersSchema = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Policies() differ (-want +got):\n%s", diff)
	}
	if got, want := set.IDs(), []string{"max-replicas", "no-latest", "unique-hosts"}; !slices.Equal(got, want) {
		t.Errorf("IDs() = %q, want %q", got, want)
	}
}

func TestLoadWithoutPolicies(t *testing.T) {
	if set := load(t, fstest.MapFS{"charts/x/Chart.yaml": {}}); len(set.IDs()) != 0 {
		t.Errorf("IDs() = %q, want none", set.IDs())
	}
}

// A higher core replaces one policy's file; the library of the lower one serves it.
func TestLoadStack(t *testing.T) {
	high := fstest.MapFS{"policies/no-latest/policy.rego": {Data: []byte("# METADATA\n# title: Ours\npackage no_latest\n\nviolation contains {\"msg\": \"no\"} if banned(input.review.object.image)\n")}}
	stack := core.Stack{{Name: "embedded", FS: testCore()}, {Name: ".", FS: high}}
	set, findings := Load(stack, stack.Display)
	if wantFindings(t, "Load", findings); set == nil {
		return
	}
	if got := set.find("no-latest").Title; got != "Ours" {
		t.Errorf("title = %q, want that of the higher core", got)
	}
	if got, want := set.find("no-latest").at.File, "policies/no-latest/policy.rego"; got != want {
		t.Errorf("file = %q, want %q", got, want)
	}
	if got, want := set.find("max-replicas").at.File, "embedded:policies/max-replicas/policy.rego"; got != want {
		t.Errorf("file = %q, want %q", got, want)
	}
}

func TestLoadMistakes(t *testing.T) {
	const metadata = "# METADATA\n# title: A\n"
	const rule = "violation contains {\"msg\": \"no\"} if input.review.object.bad\n"
	const p = "policies/a/policy.rego"
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"syntax": {
			map[string]string{p: "package a\n\nviolation contains {\"msg\": \"no\" if true\n"},
			[]string{
				"error [rego-syntax] policies/a/policy.rego:3:33: unexpected if keyword: expected rule key term (e.g., violation contains <VALUE> { ... })",
				"error [rego-syntax] policies/a/policy.rego:3:33: unexpected if keyword: non-terminated object",
			},
		},
		"empty file": {
			map[string]string{p: "# nothing\n"},
			[]string{"error [rego-syntax] policies/a/policy.rego: empty module"},
		},
		"metadata is no YAML": {
			map[string]string{p: "# METADATA\n# title: [\npackage a\n" + rule},
			[]string{"error [rego-syntax] policies/a/policy.rego:2:1: yaml: line 1: did not find expected node content"},
		},
		"Rego v0": {
			map[string]string{p: metadata + "package a\n\nviolation[{\"msg\": \"no\"}] { input.review.object.bad }\n"},
			[]string{
				"error [rego-syntax] policies/a/policy.rego:5:1: `contains` keyword is required for partial set rules",
				"error [rego-syntax] policies/a/policy.rego:5:1: `if` keyword is required before rule body",
			},
		},
		"undefined variable": {
			map[string]string{p: metadata + "package a\n\nviolation contains {\"msg\": \"no\"} if missing\n"},
			[]string{"error [rego-compile] policies/a/policy.rego:5:37: var missing is unsafe"},
		},
		"undefined function": {
			map[string]string{p: metadata + "package a\n\nviolation contains {\"msg\": \"no\"} if data.lib.x.f(1)\n"},
			[]string{"error [rego-compile] policies/a/policy.rego:5:37: undefined function data.lib.x.f"},
		},
		"network, clock and randomness": {
			map[string]string{p: metadata + "package a\n\nviolation contains {\"msg\": http.send({}).body}\n\nviolation contains {\"msg\": \"no\"} if time.now_ns() > rand.intn(\"x\", 2)\n"},
			[]string{
				"error [rego-compile] policies/a/policy.rego:5:28: undefined function http.send (policies see the object and their parameters only: no network, clock, files or randomness)",
				"error [rego-compile] policies/a/policy.rego:7:37: undefined function time.now_ns (policies see the object and their parameters only: no network, clock, files or randomness)",
				"error [rego-compile] policies/a/policy.rego:7:53: undefined function rand.intn (policies see the object and their parameters only: no network, clock, files or randomness)",
			},
		},
		"recursion": {
			map[string]string{p: metadata + "package a\n\nviolation contains {\"msg\": \"no\"} if x\n\nx if not y\n\ny if x\n"},
			[]string{
				"error [rego-compile] policies/a/policy.rego:7:1: rule data.a.x is recursive: data.a.x -> data.a.y -> data.a.x",
				"error [rego-compile] policies/a/policy.rego:9:1: rule data.a.y is recursive: data.a.y -> data.a.x -> data.a.y",
			},
		},
		"no violation": {
			map[string]string{p: metadata + "package a\n\ndeny contains \"no\" if input.review.object.bad\n"},
			[]string{"error [policy-violation] policies/a/policy.rego: policy a has no rule violation, so it forbids nothing (write violation contains {…} if {…})"},
		},
		"violation is no set": {
			map[string]string{p: metadata + "package a\n\nviolation := {\"msg\": \"no\"} if input.review.object.bad\n"},
			[]string{"error [policy-violation] policies/a/policy.rego:5:1: violation must be a set (write violation contains {…} if {…})"},
		},
		"data of others": {
			map[string]string{
				p: metadata + "package a\n\nimport data.b\n\nviolation contains {\"msg\": \"no\"} if {\n\tb.x\n\tdata.parameters.y\n\tsome k\n\tdata[k].z\n\tx := data\n\tcount(x) > 1\n\tdata.inventory.cluster\n}\n",
			},
			[]string{
				"error [policy-data] policies/a/policy.rego:5:8: data.b cannot be read by a policy (a policy reads data.lib and data.inventory; its own rules go by their names alone)",
				"error [rego-compile] policies/a/policy.rego:7:1: rule data.a.violation is recursive: data.a.violation -> data.a.violation",
				"error [policy-data] policies/a/policy.rego:9:2: data.parameters.y cannot be read by a policy (a policy reads data.lib and data.inventory; its own rules go by their names alone)",
				"error [policy-data] policies/a/policy.rego:11:2: data[k].z cannot be read by a policy (a policy reads data.lib and data.inventory; its own rules go by their names alone)",
				"error [policy-data] policies/a/policy.rego:12:7: data cannot be read by a policy (a policy reads data.lib and data.inventory; its own rules go by their names alone)",
			},
		},
		"input of conftest and a typing error": {
			map[string]string{p: metadata + "package a\n\nviolation contains {\"msg\": \"no\"} if {\n\tinput.kind == \"Pod\"\n\tinput.paramters.x\n}\n"},
			[]string{
				"error [policy-input] policies/a/policy.rego:6:2: input.kind does not exist (the object is input.review.object, the parameters are input.parameters)",
				"error [policy-input] policies/a/policy.rego:7:2: input.paramters.x does not exist (did you mean \"parameters\"?)",
			},
		},
		"wrong packages": {
			map[string]string{
				p:                        metadata + "package b\n\n" + rule,
				"policies/lib/pods.rego": "package pods\n\nx := 1\n",
			},
			[]string{
				"error [policy-package] policies/a/policy.rego:3:1: package b stands in the folder of policy a (name it a)",
				"error [policy-package] policies/lib/pods.rego:1:1: package pods stands in policies/lib (name it lib.<name>)",
			},
		},
		"wrong places": {
			map[string]string{
				"policies/loose.rego":    "package loose\n",
				"policies/B/policy.rego": "package B\n",
				"policies/c/rules.rego":  "package c\n\n" + rule,
			},
			[]string{
				"error [policy-file] policies/B/policy.rego: \"B\" cannot be the id of a policy (name the folder in lower-case letters, digits and dashes)",
				"error [policy-file] policies/c/rules.rego: the folder of policy c has no policy.rego",
				"error [policy-file] policies/loose.rego: a policy has a folder of its own (move it to policies/<id>/policy.rego, or to policies/lib)",
			},
		},
		"metadata that means nothing": {
			map[string]string{p: metadata + "# custom:\n#   id: b\n#   severity: fatal\n#   preset: strict\n#   kind: []\n#   kinds: [{kinds: [Pod]}]\n#   parameters: {type: object, properties: {n: {type: integer, default: x}}}\npackage a\n\n" + rule},
			[]string{
				"error [policy-metadata] policies/a/policy.rego:1:1: custom.id is \"b\", the folder's name \"a\"",
				"warning [policy-metadata] policies/a/policy.rego:1:1: custom.kind means nothing here (did you mean \"kinds\"?)",
				"error [policy-metadata] policies/a/policy.rego:1:1: custom.kinds: an entry names apiGroups and kinds, \"\" for Kubernetes' core group, \"*\" for all",
				"error [policy-metadata] policies/a/policy.rego:1:1: custom.parameters: the defaults fail their own schema: n: got string, want integer",
				"error [policy-metadata] policies/a/policy.rego:1:1: custom.preset is \"strict\", not privileged, baseline, restricted or none",
				"error [policy-metadata] policies/a/policy.rego:1:1: custom.severity is \"fatal\", not error or warning",
			},
		},
		"parameters are no schema": {
			map[string]string{p: metadata + "# custom:\n#   parameters: {type: map}\npackage a\n\n" + rule},
			[]string{"error [policy-metadata] policies/a/policy.rego:1:1: custom.parameters: type: value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'; type: got string, want array"},
		},
		"parameters refer to a file": {
			map[string]string{p: metadata + "# custom:\n#   parameters: {properties: {x: {$ref: 'file:///etc/hostname'}}}\npackage a\n\n" + rule},
			[]string{"error [policy-metadata] policies/a/policy.rego:1:1: custom.parameters: failing loading \"file:///etc/hostname\": no URLLoader registered for \"file:///etc/hostname\""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for file, text := range test.files {
				fsys[file] = &fstest.MapFile{Data: []byte(text)}
			}
			set, findings := Load(fsys, nil)
			wantFindings(t, "Load", findings, test.want...)
			if set != nil {
				t.Errorf("Load = %v, want no set", set.IDs())
			}
		})
	}
}

func TestLoadWarnings(t *testing.T) {
	fsys := fstest.MapFS{"policies/a/policy.rego": {Data: []byte("package a\n\nviolation contains {\"msg\": \"no\"} if input.review.object.bad\n")}}
	set, findings := Load(fsys, func(name string) string { return "embedded:" + name })
	wantFindings(t, "Load", findings, "warning [policy-metadata] embedded:policies/a/policy.rego:1:1: policy a has no METADATA, so it judges every object "+
		"(write a comment # METADATA with title, description and custom (severity, preset, kinds, parameters, fix) above the package)")
	if p := set.find("a"); p == nil || p.Severity != diag.Error || !p.judges("any", "Kind") {
		t.Errorf("policy = %+v, want an error for every kind", p)
	}
}
