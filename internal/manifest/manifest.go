// Package manifest checks objects as the API server of a Kubernetes version would before it stores them: objects go in,
// findings at the lines that wrote their fields come out. It needs no cluster: what it knows of Kubernetes' kinds is
// embedded, what it knows of others is in CustomResourceDefinitions.
package manifest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// Options say what the objects are checked against.
type Options struct {
	KubeVersion       string          // of the cluster: 1.36, v1.36.3; empty: the newest that is known
	AllowUnknownKinds []string        // kinds that nothing defines and that pass nevertheless: Foo.example.com
	CRDs              []object.Object // CustomResourceDefinitions that are not among the objects
}

// Check reports everything that is wrong with each object by itself.
func Check(ctx context.Context, objects []object.Object, o Options) diag.Findings {
	minor, builtin, findings := schemas(o.KubeVersion)
	if builtin == nil {
		return findings
	}
	k := &kinds{builtin: builtin, minor: minor, allowed: o.AllowUnknownKinds, known: map[[2]string]*kind{}, custom: map[[2]string]*definition{}}
	defined := k.define(ctx, objects, o.CRDs)
	for i := range objects {
		k.learn(objects[i])
	}
	found := each(ctx, objects, k)
	findings = append(append(findings, unsaid(defined, found)...), k.transitions()...)
	return append(findings, found...)
}

// unsaid are findings about definitions without those that follow from what is wrong with their fields.
func unsaid(defined, found diag.Findings) diag.Findings {
	return slices.DeleteFunc(defined, func(f diag.Finding) bool {
		return slices.ContainsFunc(found, func(x diag.Finding) bool {
			whole := f.Path == "" || f.Path == "metadata.name" && x.Rule == "required-field"
			return x.Severity == diag.Error && x.At.File == f.At.File && (whole && f.Object == x.Object || f.Within(x))
		})
	})
}

// schemas picks the minor version of Kubernetes that is meant and the schemas that hold for it.
func schemas(version string) (int, *openapi.Set, diag.Findings) {
	minor, ok := minorOf(version)
	if !ok {
		return 0, nil, diag.Findings{diag.Errorf("kube-version", diag.Position{}, "%q is no version of Kubernetes", version).WithHint("write it as 1.36")}
	}
	set, err := openapi.Load(minor)
	if err != nil {
		return 0, nil, diag.Findings{diag.Errorf("kube-version", diag.Position{}, "%v", err)}
	}
	if minor == 0 || set.Minor == minor {
		return set.Minor, set, nil
	}
	return minor, set, diag.Findings{diag.Infof("kube-version", diag.Position{},
		"the schemas of Kubernetes 1.%d are not built in; objects are checked against those of 1.%d", minor, set.Minor)}
}

// CheckVersion refuses what is no version of Kubernetes.
func CheckVersion(version string) error {
	if _, ok := minorOf(version); !ok {
		return fmt.Errorf("%q is no version of Kubernetes; write it as 1.36", version)
	}
	return nil
}

// minorOf is 36 of 1.36, v1.36.3 and 1.36.3-gke.1, and 0 of nothing.
func minorOf(version string) (minor int, ok bool) {
	if version == "" {
		return 0, true
	}
	rest, isOne := strings.CutPrefix(strings.TrimPrefix(version, "v"), "1.")
	if end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		rest = rest[:end]
	}
	minor, err := strconv.Atoi(rest)
	return minor, isOne && err == nil && minor > 0
}

// each checks the objects in parallel and returns the findings in the objects' order.
func each(ctx context.Context, objects []object.Object, k *kinds) diag.Findings {
	found := make([]diag.Findings, len(objects))
	lists := &sync.Map{}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(objects)) {
		workers.Go(func() {
			c := &checker{lists: lists, meta: k.metadata()}
			for i := int(next.Add(1)) - 1; i < len(objects) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				found[i] = c.check(ctx, objects[i], k.of(objects[i]))
			}
		})
	}
	workers.Wait()
	return append(slices.Concat(found...), homeless(objects, k)...)
}

// homeless says once that objects have no namespace: where they go is decided when they are applied.
func homeless(objects []object.Object, k *kinds) diag.Findings {
	var first *object.Object
	n := 0
	for i := range objects {
		o := &objects[i]
		if of := k.of(*o); of.found && of.namespaced && o.GetNamespace() == "" {
			if n++; first == nil {
				first = o
			}
		}
	}
	if n == 0 {
		return nil
	}
	f := diag.Infof("no-namespace", object.NewLocator(*first, &sync.Map{}).Place("metadata"), "%s no namespace", count(n, "object has", "objects have")).
		WithPath("metadata.namespace").WithHint("they go to the namespace that is current when they are applied")
	f.Object = first.ID().String()
	return diag.Findings{f}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
