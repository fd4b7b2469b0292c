package ready

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// noon is the time at which all objects in testdata are judged.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// A document of testdata/compute is an object as the API server returns it, under a name and the wanted state and reason.
func TestCompute(t *testing.T) {
	for _, file := range glob(t, "testdata/compute/*.yaml") {
		for _, text := range documents(t, file) {
			name, want := comment(t, text, "case"), comment(t, text, "want")
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+name, func(t *testing.T) {
				u := parse(t, text)
				before := u.DeepCopy()
				state, reason, _ := strings.Cut(want, " ")
				if diff := cmp.Diff(Status{State: State(state), Reason: reason}, Compute(u, noon())); diff != "" {
					t.Errorf("Compute (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(before, u); diff != "" {
					t.Errorf("Compute changed the object (-before +after):\n%s", diff)
				}
			})
		}
	}
}

func TestComputeWithoutObject(t *testing.T) {
	want := Status{State: Missing, Reason: "not found"}
	if diff := cmp.Diff(want, Compute(nil, noon())); diff != "" {
		t.Errorf("Compute(nil) (-want +got):\n%s", diff)
	}
}

// The grace period ends by time alone: the same object is judged differently a moment later.
func TestComputeGraceEnds(t *testing.T) {
	u := parse(t, `{apiVersion: example.com/v1, kind: Shop, metadata: {name: web, creationTimestamp: "2026-11-21T12:00:00Z"}}`)
	for after, want := range map[time.Duration]State{0: InProgress, GracePeriod - time.Millisecond: InProgress, GracePeriod: Ready} {
		if got := Compute(u, noon().Add(after)); got.State != want {
			t.Errorf("Compute %v after creation = %v, want %v", after, got, want)
		}
	}
}

// Whatever a status holds, Compute answers, and never that something is ready which it could not read.
func TestComputeOddForms(t *testing.T) {
	statuses := []string{
		`x`, `1.5`, `[]`, `{conditions: x}`, `{conditions: [[]]}`, `{conditions: [{type: Ready, status: 1}], phase: 7}`,
		`{observedGeneration: {}, replicas: x, loadBalancer: 1, startTime: 1}`, `{containerStatuses: 3, phase: {}, loadBalancer: {ingress: 4}}`,
	}
	for _, kind := range []string{
		"apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "apps/v1 ReplicaSet",
		"v1 ReplicationController", "v1 Pod", "batch/v1 Job", "v1 PersistentVolumeClaim", "v1 PersistentVolume", "v1 Namespace",
		"apiregistration.k8s.io/v1 APIService", "apiextensions.k8s.io/v1 CustomResourceDefinition",
	} {
		version, name, _ := strings.Cut(kind, " ")
		for _, status := range statuses {
			u := parse(t, `{apiVersion: `+version+`, kind: `+name+`, metadata: {name: x, generation: 2}, spec: {type: LoadBalancer}, status: `+status+`}`)
			if got := Compute(u, noon()); got.State != InProgress || got.Reason == "" {
				t.Errorf("Compute(%s with status %s) = %v, want InProgress and a reason", kind, status, got)
			}
		}
	}
}

// Not every decoder makes integers of numbers.
func TestInteger(t *testing.T) {
	for _, test := range []struct {
		v    any
		want int64
		ok   bool
	}{{int64(3), 3, true}, {float64(3), 3, true}, {3.5, 3, false}, {"3", 3, true}, {"3f2a", 0, false}, {nil, 0, false}, {true, 0, false}} {
		if got, ok := integer(test.v); ok != test.ok || (ok && got != test.want) {
			t.Errorf("integer(%v) = %d, %v, want %d, %v", test.v, got, ok, test.want, test.ok)
		}
	}
}

func TestPhrase(t *testing.T) {
	for message, want := range map[string]string{
		"":                                 "",
		"Job is  done.\n":                  "job is done",
		"DNS record missing":               "DNS record missing",
		"MountVolume.SetUp failed for x :": "MountVolume.SetUp failed for x :",
		"É la vie":                         "é la vie",
		"0/3 nodes are available":          "0/3 nodes are available",
	} {
		if got := phrase(message); got != want {
			t.Errorf("phrase(%q) = %q, want %q", message, got, want)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("glob %s = %v, %v; want files", pattern, files, err)
	}
	return files
}

func documents(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(data), "\n---\n")
}

// comment is the rest of the line `# key: …`, which the document must have.
func comment(t *testing.T, text, key string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "# "+key+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no comment %q in:\n%s", key, text)
	return ""
}

// parse reads an object as client-go does: integers are int64.
func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	js, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	u := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(js, &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}
