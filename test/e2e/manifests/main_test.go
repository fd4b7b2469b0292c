// Package manifests holds the check of manifests against a real API server: what the one refuses for its schemas the other
// refuses too, and what is accepted by the one is accepted by the other.
package manifests

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// server is the API server, and the resources of the kinds that it has.
type server struct {
	rig.Cluster
	client  dynamic.Interface
	mapper  meta.RESTMapper
	version string
	err     error
}

var start = sync.OnceValue(up)

func up() *server {
	cluster, err := rig.Up()
	s := &server{Cluster: cluster, err: err}
	if err == nil {
		s.err = s.connect()
	}
	return s
}

func (s *server) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	if s.client, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	crds := objects("testdata/crd.yaml")
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	if err := s.serve(d, crds); err != nil {
		return err
	}
	info, err := d.ServerVersion()
	if err != nil {
		return err
	}
	s.version = info.GitVersion
	groups, err := restmapper.GetAPIGroupResources(d)
	s.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	return err
}

// serve makes the definitions and waits until their kinds are there.
func (s *server) serve(d *discovery.DiscoveryClient, crds []object.Object) error {
	groups, err := restmapper.GetAPIGroupResources(d)
	if err != nil {
		return err
	}
	s.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	for _, crd := range crds {
		if err := s.apply(crd, metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	for range 100 {
		if _, err = d.ServerResourcesForGroupVersion("example.com/v1"); err == nil {
			return nil
		}
		pause()
	}
	return err
}

// apply sends an object as the plugin does.
func (s *server) apply(o object.Object, options metav1.PatchOptions) error {
	mapping, err := s.mapper.RESTMapping(o.GroupVersionKind().GroupKind(), o.GroupVersionKind().Version)
	if err != nil {
		return err
	}
	js, err := o.MarshalJSON()
	if err != nil {
		return err
	}
	var client dynamic.ResourceInterface = s.client.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		client = s.client.Resource(mapping.Resource).Namespace("default")
	}
	options.FieldManager, options.FieldValidation = "test", metav1.FieldValidationStrict
	_, err = client.Patch(context.Background(), nameOf(o), types.ApplyPatchType, js, options)
	return err
}

// verdict is what the server says of an object.
func (s *server) verdict(o object.Object) verdict {
	err := s.apply(o, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
	if err == nil {
		return verdict{}
	}
	v := verdict{refused: true, words: err.Error()}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		v.code = status.Status().Code
	}
	return v
}

func TestMain(m *testing.M) {
	code := m.Run()
	if c := start(); c.err == nil {
		if err := c.Down(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
