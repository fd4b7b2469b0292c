// Package windows runs the plugin's program for Windows under Wine, and holds what it prints and does to what the program for
// this system does.
package windows

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// machine is a Windows of its own.
type machine struct{ wine, prefix string }

// start makes one. Wine 8, which Debian 12 has, lacks a library that Go's programs ask for random numbers; another one has the
// same function under its old name.
func start(t *testing.T) machine {
	t.Helper()
	const wine, linker = "/usr/lib/wine/wine64", "x86_64-w64-mingw32-ld"
	for _, program := range []string{wine, linker, rig.Bin("kubectl-otomi.exe")} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") == "" {
			t.Skipf("NOT TESTED: the program for Windows, without %s (Debian: apt-get install wine64 binutils-mingw-w64-x86-64; make bin/kubectl-otomi.exe)", program)
		}
	}
	m := machine{wine, filepath.Join(t.TempDir(), "prefix")}
	if r := m.run(t, t.TempDir(), nil, "wineboot", "--init"); r.Code != 0 {
		t.Fatalf("start Windows: exit %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	t.Cleanup(func() {
		server := exec.Command(filepath.Join(filepath.Dir(wine), "wineserver64"), "--wait")
		server.Env = m.env()
		if out, err := server.CombinedOutput(); err != nil {
			t.Errorf("end Windows: %v\n%s", err, out)
		}
	})
	exports := filepath.Join(t.TempDir(), "library.def")
	if err := os.WriteFile(exports, []byte("LIBRARY bcryptprimitives.dll\nEXPORTS\nProcessPrng=advapi32.SystemFunction036\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(m.prefix, "drive_c/windows/system32/bcryptprimitives.dll")
	if out, err := exec.Command(linker, "--shared", "--entry=0", "--output="+library, exports).CombinedOutput(); err != nil {
		t.Fatalf("link %s: %v\n%s", library, err, out)
	}
	return m
}

// env says where the machine is, and that it neither talks about itself nor asks for what only windows on a screen need.
func (m machine) env() []string {
	return append(os.Environ(), "WINEPREFIX="+m.prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=")
}

// run runs a program there. It prints into files: Windows' own services, which start with the first program, would hold a pipe
// open for seconds.
func (m machine) run(t *testing.T, dir string, env []string, args ...string) rig.Result {
	t.Helper()
	out := t.TempDir()
	stdout, stderr := create(t, out+"/stdout"), create(t, out+"/stderr")
	cmd := exec.Command(m.wine, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(m.env(), env...), stdout, stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return rig.Result{Stdout: text(t, stdout), Stderr: text(t, stderr), Code: cmd.ProcessState.ExitCode()}
}

// otomi runs the plugin there.
func (m machine) otomi(t *testing.T, dir string, env []string, args ...string) rig.Result {
	t.Helper()
	return m.run(t, dir, env, append([]string{rig.Bin("kubectl-otomi.exe")}, args...)...)
}

func create(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func text(t *testing.T, f *os.File) string {
	t.Helper()
	_ = f.Close() // nothing of it is written here
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// path is how the machine calls a file of this system.
func path(name string) string { return `Z:` + strings.ReplaceAll(name, "/", `\`) }

func acme(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "acme")
	if err := os.CopyFS(dir, os.DirFS("../../../examples/acme")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestSameBytes: values, manifests, findings and explanations do not depend on the system.
func TestSameBytes(t *testing.T) {
	m, dir := start(t), acme(t)
	rig.Write(t, dir, "-- wrong.yaml --\r\nteams: 5\r\n")
	for _, args := range [][]string{
		{"values", "--all-clusters", "--origin"},
		{"template", "--cluster", "prod"},
		{"explain", "teams.shop", "--all-clusters"},
		{"explain", "--cluster", "dev", "Deployment/team-shop/web", "spec.replicas"},
		{"schema", "--layer"},
		{"validate", "--all-clusters"},
		{"validate", "--all-clusters", "--values", "wrong.yaml", "-o", "github"},
		{"values", "--cluster", "nowhere"},
	} {
		want := rig.Run(t, dir, nil, "kubectl-otomi", args...)
		if diff := cmp.Diff(want, m.otomi(t, dir, nil, args...)); diff != "" {
			t.Errorf("kubectl otomi %s (-here +Windows):\n%s", strings.Join(args, " "), diff)
		}
	}
	want := rig.Run(t, dir, nil, "kubectl-otomi", "values", "--cluster", "dev")
	for _, folder := range []string{path(dir), `..\acme`, `..\acme\`} {
		if diff := cmp.Diff(want, m.otomi(t, filepath.Dir(dir)+"/acme", nil, "values", "--cluster", "dev", "-C", folder)); diff != "" {
			t.Errorf("-C %s (-here +Windows):\n%s", folder, diff)
		}
	}
}

// TestSecrets: an edit with an editor whose path has backslashes leaves no plain text behind, nor does one that fails.
func TestSecrets(t *testing.T) {
	m, dir := start(t), t.TempDir()
	rig.Write(t, dir, `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: x}
spec: {core: [{source: .}], clusters: [{name: dev}]}
-- .sops.yaml --
creation_rules: [{age: age1f2txp4tmtdfxwjeukxexm0fd5dchjehlmtdq6czddh7fuj3faq2syn0pcp}]
-- platform/schema.yaml --
properties: {db: {properties: {password: {type: string, x-secret: "{{ randAlphaNum 32 }}"}}}}
-- env/a.yaml --
db: {user: a}
-- editor.cmd --
@echo off
echo db: {password: hunter2} > %1
-- fails.cmd --
@echo off
copy %1 %1.bak > nul
exit 3
`)
	key := "SOPS_AGE_KEY=AGE-SECRET-KEY-19SKM5Q6M927E4P4NV0R4WK04FYCWDVJJ9NCGE8GTC0TSC52LNDASE8A4M0"
	steps := []struct {
		editor string
		args   []string
		code   int
		stdout string
	}{
		{"", []string{"secrets", "generate"}, 0, "db.password: made in env/secrets.a.yaml\n"},
		{path(dir + "/fails.cmd"), []string{"secrets", "edit", "env/secrets.a.yaml"}, 1, ""},
		{path(dir + "/editor.cmd"), []string{"secrets", "edit", `env\secrets.a.yaml`}, 0, "env/secrets.a.yaml: edited\n"},
		{"", []string{"secrets", "decrypt", `env\secrets.a.yaml`}, 0, "db:\n    password: hunter2\n"},
		{"", []string{"secrets", "rekey"}, 0, "env/secrets.a.yaml: unchanged\n"},
		{"", []string{"values", "--show-secrets"}, 0, "cluster:\n  name: dev\ndb:\n  password: hunter2\n  user: a\n"},
	}
	for _, s := range steps {
		got := m.otomi(t, dir, []string{key, "EDITOR=" + s.editor}, s.args...)
		if got.Code != s.code || got.Stdout != s.stdout {
			t.Errorf("kubectl otomi %s: exit %d, %q; want %d, %q\n%s", strings.Join(s.args, " "), got.Code, got.Stdout, s.code, s.stdout, got.Stderr)
		}
	}
	for _, root := range []string{m.prefix, dir} {
		if left := plain(t, root); len(left) > 0 {
			t.Errorf("plain text is left in %q", left)
		}
	}
}

// plain are the files that hold the plain text.
func plain(t *testing.T, root string) []string {
	t.Helper()
	var left []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Base(name) == "editor.cmd" {
			return err
		}
		if strings.Contains(name, "kubectl-otomi-") {
			left = append(left, name)
			return nil
		}
		data, err := os.ReadFile(name)
		if bytes.Contains(data, []byte("hunter2")) {
			left = append(left, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// TestApply: what the program for Windows has applied is what this system's would have, and it completes command lines.
func TestApply(t *testing.T) {
	m, dir := start(t), acme(t)
	cluster := rig.Start(t)
	there, here := []string{"KUBECONFIG=" + path(cluster.Kubeconfig)}, []string{"KUBECONFIG=" + cluster.Kubeconfig}
	if r := m.otomi(t, dir, there, "apply", "--cluster", "dev", "--context", "e2e", "--yes"); r.Code != 0 || !strings.Contains(r.Stdout, "otomi-system/acme: Ready: ") {
		t.Fatalf("apply: exit %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	if r := rig.Run(t, dir, here, "kubectl-otomi", "diff", "--cluster", "dev", "--context", "e2e"); strings.Contains(r.Stdout, "to update") || strings.Contains(r.Stdout, "to create") {
		t.Errorf("diff, here, exit %d:\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	want := rig.Run(t, dir, here, "kubectl-otomi", "status", "--cluster", "dev", "--context", "e2e", "-o", "json")
	if got := m.otomi(t, dir, there, "status", "--cluster", "dev", "--context", "e2e", "-o", "json"); got.Code != 0 || len(got.Stdout) != len(want.Stdout) {
		t.Errorf("status -o json (-here +Windows):\n%s", cmp.Diff(want, got))
	}
	completer, err := filepath.Abs("../../../kubectl-otomi/completion/kubectl_complete-otomi.cmd")
	if err != nil {
		t.Fatal(err)
	}
	search := "WINEPATH=" + path(filepath.Dir(rig.Bin("kubectl-otomi.exe")))
	if r := m.run(t, dir, []string{search}, "cmd", "/c", path(completer), "apply", "--cluster", "d"); !strings.HasPrefix(r.Stdout, "dev\tdev.acme.io") {
		t.Errorf("complete --cluster d: exit %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	if r := m.otomi(t, dir, there, "destroy", "--cluster", "dev", "--context", "e2e", "--yes"); r.Code != 0 {
		t.Errorf("destroy: exit %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
}
