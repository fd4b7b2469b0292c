package suite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// check runs a case and says why it fails.
func (r *runner) check(ctx context.Context, set *gatekeeper.Set, c *Case, expands bool) error {
	switch {
	case c.Object == "":
		return errors.New("the case names no object")
	case len(c.Assertions) == 0:
		return errors.New("the case asserts nothing")
	}
	seen, err := r.scene(set, c, expands)
	if err != nil {
		return err
	}
	run := rego.NewRun(ctx, 0)
	defer run.Close()
	run = run.With(ast.NewObject(rego.Field("inventory", ast.NewTerm(gatekeeper.Inventory(seen.inventory)))))
	verdicts := map[gatekeeper.Engine][]string{}
	engines := set.Templates()[0].Engines()
	for _, engine := range engines {
		if verdicts[engine], err = seen.judge(ctx, set, engine, run); err != nil {
			return err
		}
	}
	if err := differ(engines, verdicts); err != nil {
		return err
	}
	for _, engine := range engines {
		for _, a := range c.Assertions {
			if err := a.hold(verdicts[engine]); err != nil && len(engines) > 1 {
				return fmt.Errorf("%s: %w", name(engine), err)
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// differ reports engines of one template that do not agree whether the object may pass. How many violations each finds, and in
// which words, is their own: CEL has one for a rule where Rego has one for every container.
func differ(engines []gatekeeper.Engine, verdicts map[gatekeeper.Engine][]string) error {
	if len(engines) < 2 || len(verdicts[engines[0]]) > 0 == (len(verdicts[engines[1]]) > 0) {
		return nil
	}
	said := make([]string, len(engines))
	for i, engine := range engines {
		said[i] = name(engine) + " finds no violation"
		if messages := verdicts[engine]; len(messages) > 0 {
			said[i] = fmt.Sprintf("%s finds %d: %s", name(engine), len(messages), strings.Join(messages, ", "))
		}
	}
	return fmt.Errorf("the template's engines differ: %s", strings.Join(said, "; "))
}

func name(e gatekeeper.Engine) string {
	if e == gatekeeper.CEL {
		return "CEL"
	}
	return string(e)
}

// scene is what a case is about: reviews of one object and of what it expands into, and what else there is.
type scene struct {
	reviews   []shown
	inventory []gatekeeper.Object
}

type shown struct {
	*gatekeeper.Review
	from *gatekeeper.Generated // that made the object; nil: it was written
}

func (r *runner) scene(set *gatekeeper.Set, c *Case, expands bool) (scene, error) {
	objects, err := r.objects(c.Object)
	if err != nil {
		return scene{}, err
	}
	if len(objects) != 1 {
		_, shown := r.suite.beside(c.Object)
		return scene{}, fmt.Errorf("%s holds %d objects; a case is about exactly one", shown, len(objects))
	}
	var s scene
	for _, name := range c.Inventory {
		others, err := r.objects(name)
		if err != nil {
			return scene{}, err
		}
		for _, o := range others {
			if o.GroupVersionKind().Version == "" {
				_, shown := r.suite.beside(name)
				return scene{}, fmt.Errorf("%s: %s %s has no apiVersion", shown, o.GetKind(), o.GetName())
			}
			value, err := gatekeeper.NewObject(o)
			if err != nil {
				return scene{}, err
			}
			s.inventory = append(s.inventory, value)
		}
	}
	r.learn(append(s.written(), objects...))
	if gvk := objects[0].GroupVersionKind(); gvk.Group == admissionv1.GroupName && gvk.Kind == "AdmissionReview" {
		return s, s.requested(objects[0])
	}
	return s, s.shown(set, objects[0], expands)
}

// written are the objects of the inventory.
func (s *scene) written() []*unstructured.Unstructured {
	var list []*unstructured.Unstructured
	for _, o := range s.inventory {
		list = append(list, o.Unstructured)
	}
	return list
}

// learn tells of Secrets, those inside of an AdmissionReview included.
func (r *runner) learn(list []*unstructured.Unstructured) {
	if r.Learn == nil {
		return
	}
	var secrets []object.Object
	add := func(o *unstructured.Unstructured) {
		if o.GetKind() == "Secret" {
			secrets = append(secrets, object.Object{Unstructured: o})
		}
	}
	for _, o := range list {
		add(o)
		for _, field := range []string{"object", "oldObject"} {
			if inner, ok, _ := unstructured.NestedMap(o.Object, "request", field); ok {
				add(&unstructured.Unstructured{Object: inner})
			}
		}
	}
	r.Learn(secrets)
}

// namespace finds a Namespace of the inventory; of several of a name the last counts.
func (s *scene) namespace(name string) *gatekeeper.Object {
	var found *gatekeeper.Object
	for i, o := range s.inventory {
		if gvk := o.GroupVersionKind(); gvk.Group == "" && gvk.Kind == "Namespace" && o.GetName() == name {
			found = &s.inventory[i]
		}
	}
	return found
}

// requested reviews what an AdmissionReview asks for.
func (s *scene) requested(o *unstructured.Unstructured) error {
	var review admissionv1.AdmissionReview
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, &review, true); err != nil {
		return fmt.Errorf("read AdmissionReview: %w", err)
	}
	if review.Request == nil {
		return errors.New("the AdmissionReview has no request")
	}
	one, err := gatekeeper.NewRequested(review.Request, s.namespace)
	if err != nil {
		return fmt.Errorf("read AdmissionReview: %w", err)
	}
	s.reviews = []shown{{Review: one}}
	return nil
}

// shown reviews an object, and what it expands into.
func (s *scene) shown(set *gatekeeper.Set, o *unstructured.Unstructured, expands bool) error {
	add := func(o *unstructured.Unstructured, from *gatekeeper.Generated) error {
		value, err := gatekeeper.NewObject(o)
		if err != nil {
			return err
		}
		one, err := gatekeeper.NewShown(value, s.namespace, from != nil)
		s.reviews = append(s.reviews, shown{one, from})
		return err
	}
	if err := add(o, nil); err != nil || !expands {
		return err
	}
	made, err := set.Expand(o)
	if err != nil {
		return err
	}
	for _, g := range made {
		if err := add(g.Object, &g); err != nil {
			return err
		}
	}
	return nil
}

// judge collects the messages of all violations. What gives no verdict is one, as Gatekeeper has it; a violation that cannot be
// read is none there, and a test that is content with it would be content with a template that denies nothing.
func (s *scene) judge(ctx context.Context, set *gatekeeper.Set, engine gatekeeper.Engine, run *rego.Run) ([]string, error) {
	var messages []string
	for _, review := range s.reviews {
		say := func(text string) {
			if review.from != nil {
				text = review.from.Message(text)
			}
			messages = append(messages, text)
		}
		for _, c := range set.Tested() {
			matches, err := c.Matches(review.Review)
			if err != nil {
				say(err.Error())
			}
			if !matches {
				continue
			}
			violations, outcome := c.JudgeBy(ctx, engine, run, review.Review)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case outcome.Timeout:
				return nil, fmt.Errorf("%s was stopped after %s", name(engine), run.Limit())
			case errors.As(outcome.Err, new(gatekeeper.MalformedError)):
				return nil, fmt.Errorf("%s gives no verdict: %w", name(engine), outcome.Err)
			case outcome.Err != nil:
				say(outcome.Err.Error())
			}
			for _, v := range violations {
				say(v.Message)
			}
		}
	}
	return messages, nil
}
