package gatekeeper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// verdict is what is said of an object: "[policy] message", sorted.
type verdict struct{ denied, warned []string }

func (v verdict) String() string {
	return fmt.Sprintf("denied %q, warned %q", v.denied, v.warned)
}

func (v verdict) equal(other verdict) bool {
	return slices.Equal(v.denied, other.denied) && slices.Equal(v.warned, other.warned)
}

// policies is the verdict without its words.
func (v verdict) policies() verdict {
	names := func(list []string) []string {
		set := map[string]bool{}
		for _, s := range list {
			name, _, _ := strings.Cut(s, "]")
			set[name+"]"] = true
		}
		return slices.Sorted(maps.Keys(set))
	}
	return verdict{names(v.denied), names(v.warned)}
}

// static is what kubectl otomi validate says of an object among others.
func static(t *testing.T, set *policy.Set, settings policy.Settings, o object.Object, among []object.Object) verdict {
	t.Helper()
	var v verdict
	for _, f := range set.Check(t.Context(), among, settings, time.Time{}).Findings {
		if !slices.Contains(set.IDs(), f.Rule) {
			if f.Rule != "unused-exemption" && f.Rule != "exemption-date" {
				t.Errorf("%s: %s", o.ID(), f)
			}
			continue
		}
		if f.Object != o.ID().String() {
			continue
		}
		text := fmt.Sprintf("[%s] %s", f.Rule, f.Message)
		switch f.Severity {
		case diag.Error:
			v.denied = append(v.denied, text)
		case diag.Warning:
			v.warned = append(v.warned, text)
		}
	}
	return v.sorted()
}

func (v verdict) sorted() verdict {
	for _, list := range []*[]string{&v.denied, &v.warned} {
		slices.Sort(*list)
		*list = slices.Compact(*list) // one message about two fields is one to Gatekeeper's users
	}
	return v
}

// review asks the webhook about an object as it is, past all that the API server would refuse or fill in.
func (s *stage) review(o object.Object) (verdict, error) {
	raw, err := o.MarshalJSON()
	if err != nil {
		return verdict{}, err
	}
	gvk := o.GroupVersionKind()
	question := admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: "1", Kind: metav1.GroupVersionKind{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}, Name: o.GetName(), Namespace: o.GetNamespace(),
			Operation: admissionv1.Create, UserInfo: authenticationv1.UserInfo{Username: "somebody"}, Object: runtime.RawExtension{Raw: raw},
		},
	}
	body, err := json.Marshal(question)
	if err != nil {
		return verdict{}, err
	}
	response, err := s.manager.http.Post(s.manager.url+"/v1/admit", "application/json", bytes.NewReader(body))
	if err != nil {
		return verdict{}, err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	var answer admissionv1.AdmissionReview
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return verdict{}, err
	}
	v := verdict{warned: answer.Response.Warnings}
	if !answer.Response.Allowed {
		v.denied = strings.Split(answer.Response.Result.Message, "\n")
		if answer.Response.Result.Code != http.StatusForbidden {
			return v, fmt.Errorf("gatekeeper failed: %s", answer.Response.Result.Message)
		}
	}
	return v.sorted(), nil
}

// errElsewhere is what the API server refuses before or without Gatekeeper.
var errElsewhere = errors.New("refused by the API server itself")

// admission sends an object to the API server, which makes it only for show.
func (s *stage) admission(o object.Object) (verdict, error) {
	var v verdict
	config := *s.config
	warnings := &collector{}
	config.WarningHandler = warnings
	client, err := dynamic.NewForConfig(&config)
	if err != nil {
		return v, err
	}
	gvk := o.GroupVersionKind()
	m, err := s.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return v, fmt.Errorf("%w: %w", errElsewhere, err)
	}
	r := client.Resource(m.Resource).Namespace(o.GetNamespace())
	_, err = r.Create(context.Background(), o.Unstructured, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if apierrors.IsAlreadyExists(err) {
		warnings.texts = nil
		err = again(r, o)
	}
	v.warned = warnings.gatekeepers()
	if err == nil {
		return v.sorted(), nil
	}
	const denial = `admission webhook "validation.gatekeeper.sh" denied the request: `
	if _, said, ok := strings.Cut(err.Error(), denial); ok && apierrors.IsForbidden(err) {
		v.denied = strings.Split(said, "\n")
		return v.sorted(), nil
	}
	return v, fmt.Errorf("%w: %w", errElsewhere, err)
}

// again sends an object that is there as a change of it.
func again(r dynamic.ResourceInterface, o object.Object) error {
	live, err := r.Get(context.Background(), o.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	changed := o.DeepCopy()
	changed.SetResourceVersion(live.GetResourceVersion())
	_, err = r.Update(context.Background(), changed, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// collector keeps warnings.
type collector struct{ texts []string }

// HandleWarningHeader implements rest.WarningHandler.
func (c *collector) HandleWarningHeader(_ int, _, text string) { c.texts = append(c.texts, text) }

// gatekeepers are the warnings that begin with a constraint's name; others are the API server's own.
func (c *collector) gatekeepers() []string {
	return slices.DeleteFunc(c.texts, func(text string) bool { return !regexp.MustCompile(`^\[[a-z0-9-]+\] `).MatchString(text) })
}

// podOf is the Pod that a workload's controller makes, or nil.
func podOf(o object.Object) *object.Object {
	template, path := o.PodTemplate()
	if template == nil || len(path) == 0 {
		return nil
	}
	made := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]})}
	metadata, _ := template["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
	}
	made.Object["metadata"] = runtime.DeepCopyJSON(metadata)
	made.SetName(strings.ToLower(o.GetKind()) + "-" + o.GetName() + "-0")
	made.SetNamespace(o.GetNamespace())
	return &object.Object{Unstructured: made, Source: o.Source}
}
