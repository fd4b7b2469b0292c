package manifests

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

func TestRight(t *testing.T) {
	s := start()
	if s.err != nil {
		t.Fatal(s.err)
	}
	crds := objects("testdata/crd.yaml")
	for _, o := range objects("testdata/right.yaml") {
		if v := s.verdict(o); v.refused {
			t.Errorf("the API server refuses %s: %s", o.ID(), v.words)
		}
		if f := manifest.Check(context.Background(), []object.Object{o}, manifest.Options{KubeVersion: s.version, CRDs: crds}); f.Failed() {
			t.Errorf("Check refuses %s: %v", o.ID(), f)
		}
	}
}

// check checks all mutants at once; their number is their file's name.
func check(all []mutant, o manifest.Options) []diag.Findings {
	list := make([]object.Object, len(all))
	for i := range all {
		list[i] = all[i].object
		list[i].Source.File = strconv.Itoa(i)
	}
	found := make([]diag.Findings, len(all))
	for _, f := range manifest.Check(context.Background(), list, o) {
		if i, err := strconv.Atoi(f.At.File); err == nil {
			found[i] = append(found[i], f)
		}
	}
	return found
}

// TestMutants changes every field of every right manifest in several ways and compares what both say of the result.
func TestMutants(t *testing.T) {
	s := start()
	if s.err != nil {
		t.Fatal(s.err)
	}
	var all []mutant
	for _, o := range objects("testdata/right.yaml") {
		all = append(all, mutants(o)...)
	}
	checked := check(all, manifest.Options{KubeVersion: s.version, CRDs: objects("testdata/crd.yaml")})
	verdicts := judge(s, all)
	refused, found := 0, 0
	for i, m := range all {
		v, ours := verdicts[i], checked[i].Failed()
		switch {
		case !v.refused && ours && !stricter(m):
			t.Errorf("%s: the API server accepts it, Check does not: %v", m, checked[i])
		case v.refused && v.code != http.StatusUnprocessableEntity && !ours && !laxer(m):
			t.Errorf("%s: the API server refuses it, Check does not: %s", m, v.words)
		}
		if v.refused {
			refused++
		}
		if v.refused && ours {
			found++
		}
	}
	// The rest the API server's own code refuses for what the fields mean, such as a port that is no name, and no schema tells.
	t.Logf("%d changes; the API server refuses %d of them, Check %d of those", len(all), refused, found)
	if len(all) < 5000 || found*100 < refused*85 {
		t.Errorf("Check finds %d of %d that the API server refuses, of %d", found, refused, len(all))
	}
}

// stricter tells where the check means to refuse what the API server takes: a number that does not fit is cut off there, without
// a word, and what arrives is another one.
func stricter(m mutant) bool { return m.change == fmt.Sprintf("set to %#v", int64(1)<<40) }

// laxer tells where the API server refuses what is right in itself: a Pod whose policy is not that of its priority, a time of
// another type, which the schema of custom resources lets pass and server-side apply does not, and a reference to no Secret.
func laxer(m mutant) bool {
	switch source.Path(m.path) {
	case "spec.preemptionPolicy":
		return m.object.GetKind() == "Pod"
	case "spec.when":
		return m.object.GetKind() == "Foo"
	case "secrets[0]", "secrets[0].name":
		return m.object.GetKind() == "ServiceAccount"
	default:
		return false
	}
}

type verdict struct {
	refused bool
	code    int32
	words   string
}

// judge asks the server about all mutants, some at a time.
func judge(s *server, all []mutant) []verdict {
	verdicts := make([]verdict, len(all))
	var group errgroup.Group
	group.SetLimit(8)
	for i, m := range all {
		group.Go(func() error {
			verdicts[i] = s.verdict(m.object)
			return nil
		})
	}
	_ = group.Wait()
	return verdicts
}
