package podsecurity

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/pod-security-admission/api"

	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// answer is what the API server says to a Pod.
type answer string

const (
	admitted  answer = "admitted"
	forbidden answer = "forbidden" // by Pod Security
	refused   answer = "refused"   // for another reason, before Pod Security was asked
)

func latest(preset string) api.LevelVersion {
	return api.LevelVersion{Level: api.Level(preset), Version: api.LatestVersion()}
}

// The cluster that all tests share. It goes down with the test binary, however that ends.
var start = sync.OnceValues(rig.Up)

func TestMain(m *testing.M) {
	code := m.Run()
	if c, err := start(); err == nil {
		if err := c.Down(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// server has a namespace for each preset, which enforces it on Pods and warns of workloads.
type server struct {
	dynamic.Interface
	warnings *warnings
}

type warnings struct{ last []string }

// HandleWarningHeader implements rest.WarningHandler.
func (w *warnings) HandleWarningHeader(_ int, _ string, text string) { w.last = append(w.last, text) }

func newServer(t *testing.T) server {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatalf("no test cluster: %v\nbuild it with: make bin/devcluster", err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	s := server{warnings: &warnings{}}
	config.QPS, config.WarningHandler = -1, rest.WarningHandler(s.warnings)
	if s.Interface, err = dynamic.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	for _, preset := range []string{policy.Baseline, policy.Restricted} {
		s.namespace(t, preset)
	}
	return s
}

// namespace is made with Pods of each base in it before it begins to enforce, so that ephemeral containers have Pods to go to.
func (s server) namespace(t *testing.T, preset string) {
	t.Helper()
	namespaces := s.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	_, err := namespaces.Create(t.Context(), &unstructured.Unstructured{Object: m{"apiVersion": "v1", "kind": "Namespace", "metadata": m{"name": preset}}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return // an earlier test's
	}
	if err != nil {
		t.Fatal(err)
	}
	pods := s.Resource(podsResource()).Namespace(preset)
	for _, base := range bases() {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			_, err := pods.Create(t.Context(), &unstructured.Unstructured{Object: newPod(base, ofPod)}, metav1.CreateOptions{})
			if err == nil {
				break
			}
			if time.Now().After(deadline) { // the service account is a controller's to make
				t.Fatalf("create the Pod %s: %v", base, err)
			}
		}
	}
	labels := m{"pod-security.kubernetes.io/enforce": preset, "pod-security.kubernetes.io/warn": preset}
	patch, err := json.Marshal(m{"metadata": m{"labels": labels}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := namespaces.Patch(t.Context(), preset, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}

func podsResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: "pods"}
}

// admits asks the server for a dry run; its words are the error's.
func (s server) admits(t *testing.T, preset string, p pod) (answer, string) {
	t.Helper()
	pods := s.Resource(podsResource()).Namespace(preset)
	var err error
	if p.place == ephemeral {
		var patch []byte
		if patch, err = json.Marshal(m{"spec": m{ephemeral: p.object["spec"].(m)[ephemeral]}}); err != nil {
			t.Fatal(err)
		}
		_, err = pods.Patch(t.Context(), p.base, types.MergePatchType, patch, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, "ephemeralcontainers")
	} else {
		o := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(p.object)}
		o.SetName("tried")
		_, err = pods.Create(t.Context(), o, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	}
	switch {
	case err == nil:
		return admitted, ""
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "violates PodSecurity"):
		return forbidden, err.Error()
	case apierrors.IsInvalid(err) || apierrors.IsBadRequest(err):
		return refused, err.Error()
	}
	t.Fatalf("%s: %v", p.name, err)
	return "", ""
}

// warns reports whether the server warns that the workload's Pods would violate the preset.
func (s server) warns(t *testing.T, preset string, o map[string]any) bool {
	t.Helper()
	workload := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(o)}
	workload.SetName("tried")
	resource, _ := meta.UnsafeGuessKindToResource(workload.GroupVersionKind())
	s.warnings.last = nil
	_, err := s.Resource(resource).Namespace(preset).Create(t.Context(), workload, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		t.Fatalf("%s: %v", workload.GetKind(), err)
	}
	for _, w := range s.warnings.last {
		if strings.Contains(w, "would violate PodSecurity") {
			return true
		}
	}
	return false
}
