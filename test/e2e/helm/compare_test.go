package helm

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// verdict is how a comparison ended where both did the same: they rendered the same objects, or they said why not.
type verdict struct {
	rendered   bool
	helm, ours string // reasons
}

// compare renders both ways. What differs fails the test.
func compare(t *testing.T, in input) verdict {
	t.Helper()
	theirs, err := byHelm(t, in)
	ours, findings := byUs(t, in)
	switch {
	case err != nil && findings.Failed():
		t.Logf("both refuse: helm: %s\nours: %s", short(err.Error()), short(findings.Error()))
		return verdict{helm: err.Error(), ours: findings.Error()}
	case err != nil:
		t.Fatalf("helm refuses, and we render %d objects: %v", len(ours), err)
	case findings.Failed() && twice(t, findings, theirs):
		return verdict{ours: findings.Error()}
	case findings.Failed():
		t.Fatalf("helm renders %d objects, and we refuse: %s", len(theirs), short(findings.Error()))
	}
	ns := in.named().namespace
	want, have := keyed(t, theirs, ours, ns)
	if cmp.Equal(want, have) {
		return verdict{rendered: true}
	}
	again, err := byHelm(t, in)
	if err != nil {
		t.Fatal(err)
	}
	masked := forget(want, byName(t, again, ns), have)
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("objects differ (-helm +ours), %d values that helm makes anew every time left out:\n%s", masked, diff[:min(len(diff), 6000)])
	}
	return verdict{rendered: true}
}

// same fails the test where objects differ.
func same(t *testing.T, theirs []*unstructured.Unstructured, ours []object.Object, namespace string) {
	t.Helper()
	want, have := keyed(t, theirs, ours, namespace)
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("objects differ (-helm +ours):\n%s", diff)
	}
}

// keyed are objects by what they are, without what is ours on purpose.
func keyed(t *testing.T, theirs []*unstructured.Unstructured, ours []object.Object, namespace string) (want, have map[string]any) {
	t.Helper()
	if len(theirs) == 0 && len(ours) == 0 {
		t.Log("the chart renders nothing")
	}
	want, have = byName(t, theirs, namespace), byName(t, plain(ours), namespace)
	drop(want, have)
	return want, have
}

// twice reports whether all that we refuse are objects that the chart renders twice: helm lets them be.
func twice(t *testing.T, findings diag.Findings, theirs []*unstructured.Unstructured) bool {
	t.Helper()
	for _, f := range findings {
		if f.Severity == diag.Error && f.Rule != "duplicate-object" {
			return false
		}
	}
	t.Logf("the chart renders objects twice: %s", short(findings.Error()))
	return slices.ContainsFunc(slices.Collect(maps.Keys(byName(t, theirs, ""))), func(key string) bool { return strings.HasSuffix(key, " (2)") })
}

// plain are our objects without our marks.
func plain(objects []object.Object) []*unstructured.Unstructured {
	out := make([]*unstructured.Unstructured, len(objects))
	for i, o := range objects {
		metadata, _ := o.Object["metadata"].(map[string]any)
		for _, field := range []string{"labels", "annotations"} {
			m, _ := metadata[field].(map[string]any)
			for _, key := range []string{object.LabelRelease, object.RunlevelKey, object.SourceKey, object.SecretsKey} {
				delete(m, key)
			}
			if len(m) == 0 {
				delete(metadata, field)
			}
		}
		out[i] = o.Unstructured
	}
	return out
}

// byName keys objects by what they are, without their namespace: which of the two fills it in is tested elsewhere. Two
// objects of one name are told apart by their order.
func byName(t *testing.T, objects []*unstructured.Unstructured, namespace string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, o := range objects {
		key := fmt.Sprintf("%s %s %s", o.GetAPIVersion(), o.GetKind(), o.GetName())
		if ns := o.GetNamespace(); ns != "" && ns != namespace {
			key += " in " + ns
		}
		for n := 2; all[key] != nil; n++ {
			key = fmt.Sprintf("%s (%d)", key, n)
		}
		all[key] = o.Object
	}
	return all
}

// drop takes out of both what is ours on purpose: the release's namespace where helm leaves it out, that of objects that
// have none, and integers that helm prints in scientific notation. An empty map of labels is none.
func drop(want, have map[string]any) {
	for key, o := range have {
		ours, _ := o.(map[string]any)["metadata"].(map[string]any)
		theirs, _ := want[key].(map[string]any)
		if theirs == nil {
			continue
		}
		metadata, _ := theirs["metadata"].(map[string]any)
		if ours["namespace"] == nil || metadata["namespace"] == nil {
			delete(ours, "namespace")
			delete(metadata, "namespace")
		}
		for _, field := range []string{"labels", "annotations"} {
			if m, isMap := metadata[field].(map[string]any); metadata[field] == nil || isMap && len(m) == 0 {
				delete(metadata, field)
			}
		}
		want[key] = digits(theirs, o)
	}
}

// digits is helm's value, with numbers in scientific notation written out where ours are.
func digits(theirs, ours any) any {
	switch theirs := theirs.(type) {
	case map[string]any:
		m, _ := ours.(map[string]any)
		for k, v := range theirs {
			theirs[k] = digits(v, m[k])
		}
	case []any:
		l, _ := ours.([]any)
		for i, v := range theirs {
			if i < len(l) {
				theirs[i] = digits(v, l[i])
			}
		}
	case string:
		written := regexp.MustCompile(`\b\d(\.\d+)?e\+\d+\b`).ReplaceAllStringFunc(theirs, func(s string) string {
			f, _ := strconv.ParseFloat(s, 64)
			if f != math.Trunc(f) || f >= 1e21 {
				return s // no integer, or one that nobody writes out
			}
			return strconv.FormatFloat(f, 'f', -1, 64)
		})
		if written == ours {
			return written
		}
	}
	return theirs
}

// forget takes out of all three what differs between two runs of helm, and counts it: random values, and what is made of
// them.
func forget(first, second, ours map[string]any) int {
	n := 0
	for _, key := range slices.Collect(maps.Keys(first)) {
		a, b := first[key], second[key]
		am, aIsMap := a.(map[string]any)
		bm, bIsMap := b.(map[string]any)
		om, oIsMap := ours[key].(map[string]any)
		if aIsMap && bIsMap && oIsMap {
			n += forget(am, bm, om)
			continue
		}
		if _, there := ours[key]; there && !cmp.Equal(a, b) {
			delete(first, key)
			delete(ours, key)
			n++
		}
	}
	return n
}
