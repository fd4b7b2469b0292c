package gatekeeper

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// What Gatekeeper takes itself to be.
const (
	namespace = "gatekeeper-system"
	podName   = "gatekeeper-0"
	trusted   = "trusted" // the user who is not judged
)

// stage is a cluster with Gatekeeper, which all tests share.
type stage struct {
	rig.Cluster
	manager *manager
	dir     string
	client  dynamic.Interface
	past    dynamic.Interface // as somebody whom Gatekeeper does not judge
	mapper  *restmapper.DeferredDiscoveryRESTMapper
	config  *rest.Config
	err     error
}

var start = sync.OnceValue(func() *stage {
	s := &stage{}
	s.err = s.up()
	return s
})

func TestMain(m *testing.M) {
	code := m.Run()
	s := start()
	if s.manager != nil {
		s.manager.stop()
	}
	if s.Kubeconfig != "" {
		if err := s.Down(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// staged is the stage, or the end of the test.
func staged(t *testing.T) *stage {
	t.Helper()
	s := start()
	if s.err != nil {
		t.Fatalf("no cluster with Gatekeeper: %v\nbuild what it needs with: make bin/devcluster bin/gatekeeper.yaml", s.err)
	}
	return s
}

func (s *stage) up() error {
	var err error
	if s.dir, err = os.MkdirTemp("", "otomi-gatekeeper-"); err != nil {
		return err
	}
	if s.Cluster, err = rig.Up(); err != nil {
		return err
	}
	if s.config, err = clientcmd.BuildConfigFromFlags("", s.Kubeconfig); err != nil {
		return err
	}
	s.config.QPS, s.config.Burst = 200, 400
	s.config.WarningHandler = rest.NoWarnings{}
	if s.client, err = dynamic.NewForConfig(s.config); err != nil {
		return err
	}
	unjudged := rest.CopyConfig(s.config)
	unjudged.Impersonate = rest.ImpersonationConfig{UserName: trusted, Groups: []string{"system:masters"}}
	if s.past, err = dynamic.NewForConfig(unjudged); err != nil {
		return err
	}
	d, err := discovery.NewDiscoveryClientForConfig(s.config)
	if err != nil {
		return err
	}
	s.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(d))
	return s.install()
}

// install does what applying Gatekeeper's manifests does, but runs its program on this machine.
func (s *stage) install() error {
	objects, err := manifests(rig.Bin("gatekeeper.yaml"))
	if err != nil {
		return err
	}
	for _, u := range objects {
		if u.GetKind() == "CustomResourceDefinition" {
			if err := s.create(u); err != nil {
				return err
			}
		}
	}
	for _, u := range []*unstructured.Unstructured{{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}}}, pod()} {
		if err := s.create(u); err != nil {
			return err
		}
	}
	if s.manager, err = startManager(s.dir, s.Kubeconfig); err != nil {
		return err
	}
	for _, u := range objects {
		if u.GetKind() == "ValidatingWebhookConfiguration" {
			if err := s.create(s.here(u)); err != nil {
				return err
			}
		}
	}
	return nil
}

// pod is what Gatekeeper takes for its own: it makes no constraint's kind without one.
func pod() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": podName, "namespace": namespace},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "manager", "image": "gatekeeper"}}},
	}}
}

// here is the configuration of webhooks with those of the manager in place of a Service, and none that fails is passed over.
func (s *stage) here(u *unstructured.Unstructured) *unstructured.Unstructured {
	list, _, _ := unstructured.NestedSlice(u.Object, "webhooks")
	for _, item := range list {
		hook := item.(map[string]any)
		path, _, _ := unstructured.NestedString(hook, "clientConfig", "service", "path")
		hook["clientConfig"] = map[string]any{"url": s.manager.url + path, "caBundle": base64.StdEncoding.EncodeToString(s.manager.ca)}
		hook["failurePolicy"], hook["timeoutSeconds"] = "Fail", int64(10)
		hook["matchConditions"] = []any{map[string]any{"name": "judged", "expression": fmt.Sprintf("request.userInfo.username != %q", trusted)}}
	}
	u.Object["webhooks"] = list
	return u
}

// manifests are the objects of a file.
func manifests(name string) ([]*unstructured.Unstructured, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	for d := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		u := &unstructured.Unstructured{}
		if err := d.Decode(&u.Object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if len(u.Object) > 0 {
			objects = append(objects, u)
		}
	}
}

// resource is where objects of a kind are.
func (s *stage) resource(u *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	return s.resourceAs(s.client, u)
}

func (s *stage) resourceAs(client dynamic.Interface, u *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := u.GroupVersionKind()
	m, err := s.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		s.mapper.Reset()
		m, err = s.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	if err != nil {
		return nil, err
	}
	if m.Scope.Name() == meta.RESTScopeNameRoot {
		return client.Resource(m.Resource), nil
	}
	return client.Resource(m.Resource).Namespace(u.GetNamespace()), nil
}

// create makes an object; what it needs may take a moment to be there.
func (s *stage) create(u *unstructured.Unstructured) error {
	return within(time.Minute, func() error {
		r, err := s.resource(u)
		if err != nil {
			return err
		}
		_, err = r.Create(context.Background(), u, metav1.CreateOptions{})
		return err
	})
}

// within repeats what fails until it does not, or the time is up.
func within(patience time.Duration, do func() error) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		err := do()
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
