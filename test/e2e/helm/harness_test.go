// Package helm holds rendering to the helm program itself: of the same chart and values both make the same objects, or
// both refuse.
package helm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// input is what both are given.
type input struct {
	chart       string // a folder or an archive
	values      string // YAML
	kubeVersion string // "": render.KubeVersion
	apiVersions []string
	release     string // name and namespace; "": some
	namespace   string
}

func (in input) named() input {
	if in.release == "" {
		in.release, in.namespace = "rel", "space"
	}
	return in
}

// need skips a test where helm is not built; under make and in CI it has to be.
func need(t *testing.T) {
	t.Helper()
	_, err := os.Stat(rig.Bin("helm"))
	switch {
	case err == nil:
	case os.Getenv("OTOMI_E2E") != "" || os.Getenv("CI") != "":
		t.Fatal("bin/helm is missing: make bin/helm")
	default:
		t.Skip("SKIP: bin/helm is missing: make bin/helm")
	}
}

// byHelm renders with the program, which finds nothing of the machine's own settings.
func byHelm(t *testing.T, in input) ([]*unstructured.Unstructured, error) {
	t.Helper()
	in = in.named()
	home := t.TempDir()
	file := filepath.Join(home, "values.yaml")
	if err := os.WriteFile(file, []byte(in.values), 0o600); err != nil {
		t.Fatal(err)
	}
	kube := in.kubeVersion
	if kube == "" {
		kube = render.KubeVersion
	}
	args := []string{"template", in.release, in.chart, "-n", in.namespace, "--include-crds", "--skip-tests", "-f", file, "--kube-version", kube}
	for _, v := range in.apiVersions {
		args = append(args, "--api-versions", v)
	}
	cmd := exec.CommandContext(t.Context(), rig.Bin("helm"), args...)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=/nonexistent", "TZ=UTC"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return read(t, stdout.Bytes()), nil
}

// read takes a stream apart as kubectl does, not as we do: a mistake of ours shall not show on both sides alike.
func read(t *testing.T, stream []byte) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		js, err := yaml.YAMLToJSON(doc)
		if err != nil {
			t.Fatalf("helm printed what is no YAML: %v\n%s", err, doc)
		}
		if string(js) == "null" || string(js) == "{}" {
			continue
		}
		m := map[string]any{}
		if err := utiljson.Unmarshal(js, &m); err != nil {
			t.Fatalf("helm printed what is no object: %v\n%s", err, doc)
		}
		objects = append(objects, flat(&unstructured.Unstructured{Object: m})...)
	}
}

// flat takes lists apart, and lists in lists.
func flat(u *unstructured.Unstructured) []*unstructured.Unstructured {
	items, isList := u.Object["items"].([]any)
	if !isList || !strings.HasSuffix(u.GetKind(), "List") {
		return []*unstructured.Unstructured{u}
	}
	var objects []*unstructured.Unstructured
	for _, item := range items {
		m, _ := item.(map[string]any)
		objects = append(objects, flat(&unstructured.Unstructured{Object: m})...)
	}
	return objects
}

// byUs renders with the station that every command uses.
func byUs(t *testing.T, in input) ([]object.Object, diag.Findings) {
	t.Helper()
	in = in.named()
	n, findings := source.Parse("values.yaml", []byte(in.values))
	if findings.Failed() {
		t.Fatal(findings)
	}
	dir, base := filepath.Split(filepath.Clean(in.chart))
	no := false
	release := render.Release{
		Name: in.release, Namespace: in.namespace, Chart: base, Enabled: true, CreateNamespace: &no, Numbers: "helm", KubeVersion: in.kubeVersion,
		Outside: &render.Chart{Name: "charts", FS: os.DirFS(dir), Path: base},
	}
	if n != nil { // a file of values may be empty
		release.Layers = []values.Layer{{File: n.File, Root: n}}
	}
	tree, _ := values.Merge(nil, nil)
	return render.Objects(t.Context(), render.Input{Tree: tree, APIVersions: in.apiVersions}, []render.Release{release})
}

func short(text string) string { return strings.TrimSpace(text[:min(len(text), 500)]) }
