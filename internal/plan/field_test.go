package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

func TestParseField(t *testing.T) {
	for pointer, want := range map[string]string{
		"/spec/replicas": "spec.replicas",
		"/spec/template/spec/containers/[name=app]/image": "spec.template.spec.containers[name=app].image",
		"/spec/ports/[port=80,protocol=TCP]":              "spec.ports[port=80,protocol=TCP]",
		"/metadata/annotations/example.com~1a~0b":         `metadata.annotations["example.com/a~b"]`,
		"/data/tls.crt":                        `data["tls.crt"]`,
		"/webhooks/0/clientConfig/caBundle":    "webhooks.0.clientConfig.caBundle",
		"/spec/volumes/[mountPath=/data]/name": "spec.volumes[mountPath=/data].name",
		"spec/replicas":                        "which begins with /",
		"/spec//replicas":                      "is empty",
		"/":                                    "is empty",
		"/spec/containers/[name=app":           "is not closed",
		"/spec/containers/[app]/image":         "want [key=value]",
		"/spec/containers/[name=app]image":     "after ]",
		"/data/a~b":                            "is written ~0",
	} {
		f, err := ParseField(pointer)
		got := f.String()
		if err != nil {
			got = err.Error()
		}
		if err != nil && !strings.Contains(got, want) || err == nil && got != want {
			t.Errorf("ParseField(%q) = %q, want %q", pointer, got, want)
		}
	}
}

func field(t *testing.T, pointer string) Field {
	t.Helper()
	f, err := ParseField(pointer)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFieldInObject(t *testing.T) {
	content := func() map[string]any {
		return map[string]any{
			"spec": map[string]any{
				"replicas":   int64(3),
				"containers": []any{map[string]any{"name": "side", "image": "s"}, map[string]any{"name": "app", "image": "a", "port": int64(80)}},
				"args":       []any{"x", "y"},
			},
			"data": map[string]any{"0": "zero"},
		}
	}
	for pointer, want := range map[string]any{
		"/spec/replicas":                     int64(3),
		"/spec/containers/[name=app]/image":  "a",
		"/spec/containers/1/image":           "a",
		"/spec/containers/[port=80]/name":    "app",
		"/spec/containers/2/image":           nil,
		"/spec/containers/[name=none]/image": nil,
		"/spec/replicas/[name=x]":            nil,
		"/data/0":                            "zero",
		"/spec/args/1":                       "y",
	} {
		f, before := field(t, pointer), content()
		got, found := f.In(before)
		if got != want || found != (want != nil) {
			t.Errorf("%s is %v, %v; want %v", pointer, got, found, want)
		}
		after := f.without(before)
		if left, still := f.In(after); still && pointer != "/spec/args/1" && want != nil {
			t.Errorf("%s is still there: %v", pointer, left)
		}
		if d := cmp.Diff(content(), before); d != "" {
			t.Errorf("taking %s out changed the original:\n%s", pointer, d)
		}
		if d := cmp.Diff(content(), after); (d == "") != (want == nil) {
			t.Errorf("taking %s out left:\n%s", pointer, d)
		}
	}
}

// TestFieldInManagedFields: of the keys that name an element some are defaults that nobody writes.
func TestFieldInManagedFields(t *testing.T) {
	set := &fieldpath.Set{}
	if err := set.FromJSON(strings.NewReader(`{"f:spec":{"f:args":{},"f:ports":{
		"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},"f:name":{}},
		"k:{\"containerPort\":80,\"protocol\":\"UDP\"}":{".":{},"f:containerPort":{},"f:name":{}}}}}`)); err != nil {
		t.Fatal(err)
	}
	content := map[string]any{"spec": map[string]any{"ports": []any{
		map[string]any{"containerPort": int64(80), "protocol": "UDP", "name": "u"}, map[string]any{"containerPort": int64(80), "name": "t"},
	}}}
	for pointer, want := range map[string]int{
		"/spec/ports/[containerPort=80]/name":              1, // the first that matches in the object
		"/spec/ports/0/name":                               1,
		"/spec/ports/0":                                    3,
		"/spec/ports/[name=u]/name":                        1,
		"/spec/ports/[containerPort=80,protocol=UDP]/name": 1,
		"/spec/ports/[containerPort=81]/name":              0,
		"/spec/args":                                       1,
		"/spec/args/0":                                     0,
		"/spec":                                            7,
	} {
		if got := within(set, []Field{field(t, pointer).known(content)}).Size(); got != want {
			t.Errorf("within(%s) = %d paths, want %d", pointer, got, want)
		}
	}
}
