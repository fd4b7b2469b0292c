package gatekeeper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/export"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// root is the repository.
const root = "../../.."

// policies are the platform's.
func policies(t *testing.T) *policy.Set {
	t.Helper()
	set, findings := policy.Load(os.DirFS(root), nil)
	if findings.Failed() {
		t.Fatal(findings.Err())
	}
	return set
}

// enforce puts policies on the cluster and waits until Gatekeeper judges by them. They are gone when the test is over.
func (s *stage) enforce(t *testing.T, objects []object.Object) {
	t.Helper()
	t.Cleanup(func() { s.release(t, objects) })
	for _, o := range objects {
		if err := s.create(o.DeepCopy()); err != nil { // the kinds of constraints come a moment after their templates
			t.Fatalf("create %s: %v", o.ID(), err)
		}
	}
	for _, o := range objects {
		if o.GroupVersionKind().Group != "constraints.gatekeeper.sh" {
			continue
		}
		r, err := s.resource(o.Unstructured)
		if err != nil {
			t.Fatal(err)
		}
		if err := within(time.Minute, func() error { return enforced(r.Get(t.Context(), o.GetName(), metav1.GetOptions{})) }); err != nil {
			t.Fatalf("%s: %v", o.ID(), err)
		}
	}
}

// release takes policies from the cluster and waits until the kinds of their constraints are gone: the next may be of the same.
func (s *stage) release(t *testing.T, objects []object.Object) {
	t.Helper()
	ctx := context.Background() // the test's is over
	for _, o := range slices.Backward(objects) {
		if r, err := s.resource(o.Unstructured); err == nil {
			_ = r.Delete(ctx, o.GetName(), metav1.DeleteOptions{}) // what is left is found below
		}
	}
	crds := s.client.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	if err := within(time.Minute, func() error {
		list, err := crds.List(ctx, metav1.ListOptions{LabelSelector: "gatekeeper.sh/constraint"})
		if err == nil && len(list.Items) > 0 {
			err = fmt.Errorf("%s is still there", list.Items[0].GetName())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.mapper.Reset()
}

// enforced tells whether Gatekeeper judges by a constraint.
func enforced(u *unstructured.Unstructured, err error) error {
	if err != nil {
		return err
	}
	pods, _, _ := unstructured.NestedSlice(u.Object, "status", "byPod")
	for _, p := range pods {
		if on, _, _ := unstructured.NestedBool(p.(map[string]any), "enforced"); on {
			return nil
		}
	}
	return fmt.Errorf("it is not enforced: %v", u.Object["status"])
}

// sample is a file of objects, all of which are there together.
type sample struct {
	name    string // of the file, below the folder of samples
	objects []object.Object
}

// samples are those of every policy, allowed and denied ones.
func samples(t *testing.T, dir string) []sample {
	t.Helper()
	var list []sample
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		folder := path.Base(path.Dir(name))
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" || folder != "allowed" && folder != "denied" {
			return err
		}
		text, err := os.ReadFile(path.Join(dir, name))
		if err != nil {
			return err
		}
		objects, findings := object.Parse(name, text)
		list = append(list, sample{name, objects})
		return findings.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b sample) int { return cmp.Compare(a.name, b.name) })
	return list
}

// everything turns on all policies, which presets do not, with the parameters of their samples.
func everything(t *testing.T, set *policy.Set, dir string) policy.Settings {
	t.Helper()
	settings := policy.Settings{Preset: policy.Restricted, Policies: map[string]policy.Setting{}}
	for _, id := range set.IDs() {
		setting := policy.Setting{Named: true}
		text, err := os.ReadFile(path.Join(dir, id, "parameters.yaml"))
		if err == nil {
			err = yaml.Unmarshal(text, &setting.Parameters)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		settings.Policies[id] = setting
	}
	return settings
}

// TestSamples holds Gatekeeper's verdict on every sample, and on the Pods of every workload among them, against the static
// check's: asked about the very object the words are the same, and asked through the API server, which fills in defaults,
// the same policies speak.
func TestSamples(t *testing.T) {
	s, set := staged(t), policies(t)
	dir := path.Join(root, "test/policies")
	settings := everything(t, set, dir)
	objects, findings := export.Objects(set, settings, export.Options{})
	if findings.Failed() {
		t.Fatal(findings.Err())
	}
	list := samples(t, dir)
	if len(list) == 0 {
		t.Fatal("there are no samples")
	}
	c := comparison{stage: s, set: set, settings: settings}
	for _, x := range list {
		c.prepare(t, x)
	}
	s.enforce(t, objects)
	for _, x := range list {
		c.sample(t, x)
	}
	t.Logf("%d samples, %d objects and Pods judged, %d of them denied and %d warned of; %d could not be sent through the API server",
		len(list), c.judged, c.denied, c.warned, c.elsewhere)
	if c.denied == 0 || c.warned == 0 {
		t.Errorf("%d objects were denied and %d warned of: the samples prove nothing", c.denied, c.warned)
	}
}

// comparison counts as it goes.
type comparison struct {
	*stage
	set                               *policy.Set
	settings                          policy.Settings
	most                              policy.Action // that a violation leads to
	judged, denied, warned, elsewhere int
}

// prepare gives objects a namespace where they need one, and makes it.
func (c *comparison) prepare(t *testing.T, x sample) {
	t.Helper()
	for _, o := range x.objects {
		gvk := o.GroupVersionKind()
		m, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
		if err != nil || m.Scope.Name() != "namespace" {
			continue
		}
		if o.GetNamespace() == "" {
			o.SetNamespace("default")
		}
		c.makeNamespace(t, o.GetNamespace())
		if template, _ := o.PodTemplate(); template != nil {
			c.makeAccount(t, o.GetNamespace(), template)
		}
	}
}

// makeAccount makes the service account that Pods name, without which the API server refuses them.
func (c *comparison) makeAccount(t *testing.T, namespace string, template map[string]any) {
	t.Helper()
	name, _, _ := unstructured.NestedString(template, "spec", "serviceAccountName")
	if name == "" || name == "default" {
		return
	}
	account := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": name, "namespace": namespace},
	}}
	r, err := c.resource(account)
	if err == nil {
		_, err = r.Create(t.Context(), account, metav1.CreateOptions{})
	}
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

func (s *stage) makeNamespace(t *testing.T, name string) {
	t.Helper()
	u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}}
	namespaces := s.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	if _, err := namespaces.Get(t.Context(), name, metav1.GetOptions{}); err == nil {
		return
	}
	if err := s.create(u); err != nil {
		t.Fatal(err)
	}
	accounts := s.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}).Namespace(name)
	if err := within(time.Minute, func() error {
		_, err := accounts.Get(t.Context(), "default", metav1.GetOptions{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// sample compares all objects of a file, and their Pods. Several objects are there while each is judged: a policy may look at
// the others.
func (c *comparison) sample(t *testing.T, x sample) {
	t.Helper()
	if len(x.objects) > 1 {
		defer c.place(t, x)()
	}
	for _, o := range x.objects {
		c.one(t, x.name, o, x.objects)
		if pod := podOf(o); pod != nil {
			c.one(t, x.name+", its Pod", *pod, []object.Object{*pod})
		}
	}
}

// place makes all objects of a file, past Gatekeeper, and returns what removes them.
func (c *comparison) place(t *testing.T, x sample) func() {
	t.Helper()
	var made []func()
	for _, o := range x.objects {
		r, err := c.resourceAs(c.past, o.Unstructured)
		if err == nil {
			_, err = r.Create(t.Context(), o.Unstructured, metav1.CreateOptions{})
		}
		if err != nil {
			t.Fatalf("%s: create %s: %v", x.name, o.ID(), err)
		}
		made = append(made, func() { _ = r.Delete(context.Background(), o.GetName(), metav1.DeleteOptions{}) })
	}
	time.Sleep(time.Second) // until Gatekeeper knows of them; what violates is waited for besides
	return func() {
		for _, remove := range made {
			remove()
		}
	}
}

func (c *comparison) one(t *testing.T, name string, o object.Object, among []object.Object) {
	t.Helper()
	judged := static(t, c.set, c.settings, o, among)
	want := judged.weakened(c.most)
	got, err := c.review(o)
	for wait := 0; len(among) > 1 && err == nil && !got.equal(want) && wait < 50; wait++ {
		time.Sleep(100 * time.Millisecond) // Gatekeeper learns a moment later what there is
		got, err = c.review(o)
	}
	if err != nil {
		t.Errorf("%s: %s: %v", name, o.ID(), err)
		return
	}
	c.judged++
	if len(judged.denied) > 0 {
		c.denied++
	}
	if len(judged.warned) > 0 {
		c.warned++
	}
	if !got.equal(want) {
		t.Errorf("%s: %s: Gatekeeper\n%s\nthe static check\n%s", name, o.ID(), got, want)
	}
	got, err = c.admission(o)
	switch {
	case errors.Is(err, errElsewhere):
		c.elsewhere++
		t.Logf("%s: %s: %s", name, o.ID(), strings.ReplaceAll(err.Error(), "\n", " "))
	case err != nil:
		t.Errorf("%s: %s: %v", name, o.ID(), err)
	case !got.policies().equal(want.policies()):
		t.Errorf("%s: %s through the API server: Gatekeeper\n%s\nthe static check\n%s", name, o.ID(), got, want)
	}
}
