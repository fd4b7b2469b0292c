package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// right is one verb on one resource.
type right struct{ group, resource, verb string }

// roles are those of a code block of docs/rbac.md.
func roles(t *testing.T, file string) []unstructured.Unstructured {
	t.Helper()
	page, err := os.ReadFile("../../docs/rbac.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml " + regexp.QuoteMeta(file) + "\n(.*?)\n```").FindSubmatch(page)
	if block == nil {
		t.Fatalf("docs/rbac.md has no block %s", file)
	}
	var list []unstructured.Unstructured
	for d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(block[1]), 1024); ; {
		var u unstructured.Unstructured
		if err := d.Decode(&u.Object); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, u)
	}
}

// rightsOf are the verbs of the rules one by one.
func rightsOf(t *testing.T, roles []unstructured.Unstructured) []right {
	t.Helper()
	var all []right
	for _, u := range roles {
		var role rbacv1.Role
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &role); err != nil {
			t.Fatal(err)
		}
		for _, r := range role.Rules {
			for _, resource := range r.Resources {
				for _, verb := range r.Verbs {
					all = append(all, right{r.APIGroups[0], resource, verb})
				}
			}
		}
	}
	return all
}

// grant gives a user what the roles say, but for one right.
func (h *harness) grant(user string, roles []unstructured.Unstructured, without right) {
	h.Helper()
	ctx := context.Background()
	rbac := schema.GroupVersion{Group: "rbac.authorization.k8s.io", Version: "v1"}
	for _, u := range roles {
		var role rbacv1.Role
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &role); err != nil {
			h.Fatal(err)
		}
		resource := "clusterroles"
		role.Name = h.name
		if role.Kind == "Role" {
			resource = "roles"
			if role.Namespace != inventory.DefaultNamespace {
				role.Namespace = h.name
			}
		}
		role.Rules = reduced(role.Rules, without)
		binding := rbacv1.RoleBinding{
			TypeMeta: metav1.TypeMeta{APIVersion: rbac.String(), Kind: role.Kind + "Binding"}, ObjectMeta: metav1.ObjectMeta{Name: h.name, Namespace: role.Namespace},
			RoleRef:  rbacv1.RoleRef{APIGroup: rbac.Group, Kind: role.Kind, Name: role.Name},
			Subjects: []rbacv1.Subject{{APIGroup: rbac.Group, Kind: "User", Name: user}},
		}
		h.create(rbac.WithResource(resource), role.Namespace, &role)
		h.create(rbac.WithResource(strings.TrimSuffix(resource, "s")+"bindings"), role.Namespace, &binding)
		h.Cleanup(func() {
			for _, r := range []string{resource, strings.TrimSuffix(resource, "s") + "bindings"} {
				clear, _ := connect(h.T, shared().config)
				_ = clear.dynamic.Resource(rbac.WithResource(r)).Namespace(role.Namespace).Delete(ctx, h.name, metav1.DeleteOptions{})
			}
		})
	}
}

func (h *harness) create(resource schema.GroupVersionResource, namespace string, o any) {
	h.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		h.Fatal(err)
	}
	if _, err := h.dynamic.Resource(resource).Namespace(namespace).Create(context.Background(), &unstructured.Unstructured{Object: content}, metav1.CreateOptions{}); err != nil {
		h.Fatalf("create %s: %v", resource.Resource, err)
	}
}

// reduced are the rules without a right.
func reduced(rules []rbacv1.PolicyRule, without right) []rbacv1.PolicyRule {
	var left []rbacv1.PolicyRule
	for _, r := range rules {
		for _, resource := range r.Resources {
			verbs := slices.DeleteFunc(slices.Clone(r.Verbs), func(verb string) bool { return without == right{r.APIGroups[0], resource, verb} })
			if len(verbs) == 0 {
				continue
			}
			left = append(left, rbacv1.PolicyRule{APIGroups: r.APIGroups, Resources: []string{resource}, Verbs: verbs})
		}
	}
	return left
}

// become makes the harness act as a user; as the administrator when empty.
func (h *harness) become(user string) {
	h.Helper()
	config := rest.CopyConfig(shared().config)
	config.Impersonate.UserName = user
	h.Client, h.wire = connect(h.T, config)
}

// steps are what the rights have to suffice for, step by step.
func (h *harness) steps(where string) []func() error {
	own := []string{ns}
	if where == "namespace" {
		own = nil
	}
	one := strings.Replace(web, "replicas: 3", "replicas: 1", 1)
	before, after := append(own, config, one, service), append(own, strings.Replace(config, "hello", "bye", 1), one)
	short := ApplyOptions{ReleaseTimeout: 20 * time.Second, RetryTimeout: 3 * time.Second}
	apply := func(set []string) func() error {
		return func() error {
			_, err := h.run(context.Background(), h.objects(set...), short)
			return err
		}
	}
	return []func() error{
		apply(before),
		apply(after),
		func() error {
			inv, err := h.Load(context.Background(), h.ref)
			if err != nil {
				return err
			}
			_, err = h.Status(context.Background(), inv)
			return err
		},
		func() error {
			_, err := h.run(context.Background(), nil, short, func(in *plan.Input) {
				in.Options.Destroy = true
				in.Options.Approvals = []plan.Approval{{Rule: plan.RulePruneNamespace}}
			})
			return err
		},
	}
}

// TestRights applies, prunes, reports and destroys with exactly the rights that docs/rbac.md lists, and then with each of them
// missing: the run says which, and the same with all rights completes and leaves what it should.
func TestRights(t *testing.T) {
	// Without these there is another way: namespaces are taken to exist, and what is not watched is listed again and again.
	dispensable := map[string][]right{
		"cluster":   {{"", "namespaces", "list"}, {"apps", "deployments", "watch"}},
		"namespace": {{"apps", "deployments", "watch"}},
	}
	for _, where := range []string{"cluster", "namespace"} {
		t.Run(where, func(t *testing.T) {
			need(t)
			t.Parallel()
			given := roles(t, where+".yaml")
			var clean snapshot
			t.Run("all", func(t *testing.T) {
				h := newHarness(t)
				h.settle(where, given, right{})
				for i, step := range h.steps(where) {
					if err := step(); err != nil {
						t.Fatalf("step %d with all rights = %v", i+1, err)
					}
					if i == 1 {
						clean = h.snapshot()
					}
				}
			})
			var names []string
			missing := map[string]right{}
			for _, r := range rightsOf(t, given) {
				name := strings.TrimSpace(r.verb + " " + r.resource)
				names, missing[name] = append(names, name), r
			}
			together(t, 6, names, func(h *harness, name string) {
				r := missing[name]
				h.settle(where, given, r)
				failed := h.without(where, r, clean)
				if spare := slices.Contains(dispensable[where], r); failed == spare {
					h.Errorf("a life without the right to %s: failed %t, want %t", name, failed, !spare)
				}
			})
		})
	}
}

// settle makes the namespace where the user may not, and the user.
func (h *harness) settle(where string, given []unstructured.Unstructured, without right) {
	h.Helper()
	h.lock = LockOptions{Holder: "test", Expiry: 3 * time.Second, Renew: time.Second, Grace: 2 * time.Second, Timeout: 30 * time.Second}
	if where == "namespace" {
		h.ref.Namespace = h.name
		h.create(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "", &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": h.name},
		}})
	} else if err := h.ensureNamespace(context.Background(), inventory.DefaultNamespace); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { h.become(""); h.sweep() })
	user := "user-of-" + h.name
	h.grant(user, given, without)
	h.become(user)
}

// without goes through a life and reports whether something failed for the lack of a right. What failed is done again with all
// rights.
func (h *harness) without(where string, r right, clean snapshot) bool {
	h.Helper()
	failed := false
	for i := range h.steps(where) {
		err := h.steps(where)[i]()
		if err != nil {
			failed = true
			if want := fmt.Sprintf("cannot %s resource %q", r.verb, r.resource); !strings.Contains(err.Error(), want) {
				h.Errorf("step %d = %v, want it to say %q", i+1, err, want)
			}
			user := "user-of-" + h.name
			h.become("")
			if err := h.steps(where)[i](); err != nil {
				h.Errorf("step %d again, with all rights = %v", i+1, err)
				return failed
			}
			h.become(user)
		}
		if i == 1 {
			h.same("without the right to "+r.verb+" "+r.resource, clean)
		}
	}
	return failed
}
