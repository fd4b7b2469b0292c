package manifests

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestNames gives every kind names that some kinds may have and others not.
func TestNames(t *testing.T) {
	s := start()
	if s.err != nil {
		t.Fatal(s.err)
	}
	var all []mutant
	for _, o := range objects("testdata/right.yaml") {
		for _, name := range []string{"0a", "a.b", "a:b", "a_b", "-a", "a%b", strings.Repeat("a", 53), strings.Repeat("a", 64), strings.Repeat("a", 254)} {
			renamed := object.Object{Unstructured: o.DeepCopy()}
			renamed.SetName(name)
			all = append(all, mutant{renamed, []string{"metadata", "name"}, "set to " + name})
		}
	}
	checked := check(all, manifest.Options{KubeVersion: s.version, CRDs: objects("testdata/crd.yaml")})
	for i, v := range judge(s, all) {
		if ours := checked[i].Failed(); ours != v.refused {
			t.Errorf("%s: the API server refuses it: %v, Check: %v: %s%v", all[i], v.refused, ours, v.words, checked[i])
		}
	}
}
