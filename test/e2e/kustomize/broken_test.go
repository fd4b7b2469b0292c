package kustomize

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// TestBadItems gives functions lists that can be read, and items that they must not use. What came in comes out.
func TestBadItems(t *testing.T) {
	need(t, "render-charts", "pipeline", "check-policies")
	chart := func(key string) string {
		return head + "items:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {Chart.yaml: \"apiVersion: v2\\nname: web\\nversion: 0.1.0\\n\", " + key + ": \"a: b\"}}\n"
	}
	const spec = "{releases: [{name: web, namespace: web, chart: {configMap: web}}]}"
	charts := "functionConfig: {apiVersion: otomi.io/v1alpha1, kind: RenderCharts, metadata: {name: c}, spec: " + spec + "}\n"
	steps := "functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Pipeline, metadata: {name: p}, spec: {steps: [{kind: CheckPolicies}, {kind: RenderCharts, spec: " + spec + "}]}}\n"
	for name, c := range map[string]struct{ function, in, want string }{
		"a chart's file outside":       {"render-charts", chart("templates__..__..__x.yaml") + charts, `the key stands for "templates/../../x.yaml", which is no path`},
		"a chart's file at the root":   {"render-charts", chart("__etc__passwd") + charts, `the key stands for "/etc/passwd", which is no path`},
		"the same in a pipeline":       {"pipeline", chart("..__..__etc__x") + steps, `the key stands for "../../etc/x", which is no path`},
		"an item whose name is a list": {"check-policies", head + "items:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: [a]}}\n", "metadata.name"},
	} {
		got := function(t, c.function, c.in)
		if got.code != 1 || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: exit code %d, stderr %q; want 1 and %q", name, got.code, got.stderr, c.want)
		}
		items, _, _ := strings.Cut(c.in, "functionConfig:")
		if !strings.HasPrefix(got.stdout, items) || !strings.Contains(got.stdout, "severity: error") {
			t.Errorf("%s: stdout is not the list that came in with an error:\n%s", name, got.stdout)
		}
	}
}

// TestManyBytes sends items of a hundred megabytes in all: more than functions read, which they say before they have read it all.
func TestManyBytes(t *testing.T) {
	need(t, functions()...)
	var in strings.Builder
	in.WriteString(head + "items:\n")
	for i := range 100 {
		in.WriteString("- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a" + strings.Repeat("a", i) + "}\n  data:\n    x: " + strings.Repeat("x", 1<<20) + "\n")
	}
	for _, f := range functions() {
		got := function(t, f, in.String())
		var list struct {
			Kind    string
			Results []struct{ Severity string }
		}
		err := yaml.Unmarshal([]byte(got.stdout), &list)
		if err != nil || got.code != 1 || list.Kind != "ResourceList" || len(list.Results) != 1 || !strings.Contains(got.stderr, "more than the 67108864 bytes") {
			t.Errorf("%s: exit code %d, stderr %q, stdout %.200q (%v)", f, got.code, got.stderr, got.stdout, err)
		}
	}
}

// TestBroken kills each function in the middle of its input, and closes what it writes to: it ends, fails, and nothing that it
// wrote can be taken for a whole list.
func TestBroken(t *testing.T) {
	need(t, functions()...)
	list := head + "items:\n" + strings.Repeat("- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  data: {x: "+strings.Repeat("x", 1000)+"}\n", 500)
	for _, f := range functions() {
		t.Run(f, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // one that is not over then hangs
			defer cancel()
			cmd := exec.CommandContext(ctx, filepath.Join(root(t), "bin", f))
			var out bytes.Buffer
			cmd.Stdout = &out
			in, err := cmd.StdinPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err == nil {
				_, err = io.WriteString(in, list[:len(list)/2])
			}
			if err == nil {
				err = cmd.Process.Kill()
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err == nil || ctx.Err() != nil || out.Len() > 0 {
				t.Errorf("killed: %v, stdout %q; want a failure and nothing", err, out.String())
			}
			closed(ctx, t, exec.CommandContext(ctx, filepath.Join(root(t), "bin", f)), list)
		})
	}
}

// closed runs a function that nobody listens to.
func closed(ctx context.Context, t *testing.T, cmd *exec.Cmd, list string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout = strings.NewReader(list), w
	err = cmd.Run()
	if closeErr := w.Close(); err == nil || ctx.Err() != nil || closeErr != nil {
		t.Errorf("stdout closed: %v, %v, %v; want a failure", err, ctx.Err(), closeErr)
	}
}
