package core_test

import (
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func stack() core.Stack {
	return core.Stack{
		{Name: core.Embedded, Version: "1.2.3", FS: fstest.MapFS{"charts/a/Chart.yaml": file("low"), "charts/a/values.yaml": file("low"), "policies/p/policy.rego": file("low")}},
		{Name: ".", FS: fstest.MapFS{"charts/a/values.yaml": file("high"), "charts/b/Chart.yaml": file("high"), "README.md": file("x")}},
		{Name: "extra", Version: "2.0.0", FS: fstest.MapFS{"platform/schema.yaml": file("{}")}},
	}
}

func TestStack(t *testing.T) {
	s := stack()
	if err := fstest.TestFS(s, "charts/a/Chart.yaml", "charts/b/Chart.yaml", "platform/schema.yaml", "policies/p/policy.rego"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"charts/a/Chart.yaml": "low", "charts/a/values.yaml": "high"} {
		if got, err := fs.ReadFile(s, name); err != nil || string(got) != want {
			t.Errorf("%s = %s, %v, want %s", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"charts/a/Chart.yaml": "embedded:charts/a/Chart.yaml", "charts/a/values.yaml": "charts/a/values.yaml",
		"platform/schema.yaml": "extra/platform/schema.yaml", "nothing": "nothing",
	} {
		if got := s.Display(name); got != want {
			t.Errorf("Display(%s) = %s, want %s", name, got, want)
		}
	}
	if got := s.Version(); got != "1.2.3+2.0.0" {
		t.Errorf("Version = %s", got)
	}
}

func TestDigest(t *testing.T) {
	digest := func(s core.Stack) string {
		d, err := s.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	s := stack()
	before := digest(s)
	flat := fstest.MapFS{}
	for _, c := range s {
		for name, f := range c.FS.(fstest.MapFS) {
			flat[name] = f
		}
	}
	delete(flat, "README.md")
	if got := digest(core.Stack{{FS: flat}}); got != before {
		t.Error("the digest depends on where the files come from, not only on what they are")
	}
	s[1].FS.(fstest.MapFS)["charts/a/values.yaml"] = file("other")
	if digest(s) == before {
		t.Error("the digest does not depend on the files")
	}
}

func TestOpen(t *testing.T) {
	embedded := fstest.MapFS{core.File: file("apiVersion: otomi.io/v1alpha1\nkind: Core\nmetadata: {name: x}\nspec: {version: 0.4.2, kubeVersion: \">=1.30.0-0\"}\n")}
	opener := core.Opener{Embedded: embedded, Dir: func(p string) (fs.FS, error) {
		if p == "gone" {
			return nil, fs.ErrNotExist
		}
		return os.DirFS(t.TempDir()), nil
	}}
	for _, c := range []struct {
		sources []repo.CoreSource
		kube    string
		rules   []string
	}{
		{[]repo.CoreSource{{Source: "embedded", Version: "0.4.2"}, {Source: "."}}, "1.33", nil},
		{[]repo.CoreSource{{Source: "embedded", Version: "v0.4.2"}}, "", nil},
		{[]repo.CoreSource{{Source: "embedded"}}, "", []string{"info unpinned-core"}},
		{[]repo.CoreSource{{Source: "embedded", Version: "0.5.0"}}, "", []string{"error core-version"}},
		{[]repo.CoreSource{{Source: "embedded", Version: "0.4.2"}}, "1.29", []string{"error kube-version"}},
		{[]repo.CoreSource{{Source: "gone"}, {Source: "oci://r/x:1"}}, "", []string{"error core-source", "error core-source"}},
		{[]repo.CoreSource{{Source: ".", Version: "1.0.0"}}, "", []string{"error core-version"}},
	} {
		s, findings := opener.Open(c.sources, c.kube)
		var rules []string
		for _, f := range findings {
			rules = append(rules, f.Severity.String()+" "+f.Rule)
		}
		if diff := cmp.Diff(c.rules, rules); diff != "" {
			t.Errorf("Open(%v): %v (-want +got):\n%s", c.sources, findings, diff)
		}
		if !slices.Contains(c.rules, "error core-source") && len(s) != len(c.sources) {
			t.Errorf("Open(%v) = %d cores", c.sources, len(s))
		}
	}
}
