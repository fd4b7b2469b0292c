package plan

import (
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// proposedApprovals reads the approvals out of a message as otomi.yaml would have them.
func proposedApprovals(t *testing.T, message string) []Approval {
	t.Helper()
	var out []Approval
	for _, block := range strings.Split(message, "or add to approvals in otomi.yaml:\n")[1:] {
		var text []string
		for line := range strings.SplitSeq(block, "\n") {
			if !strings.HasPrefix(line, "      ") {
				break
			}
			text = append(text, line)
		}
		var list []struct {
			Rule, Reason, Until string
			Objects             []string
		}
		if err := yaml.UnmarshalStrict([]byte(strings.Join(text, "\n")), &list); err != nil || len(list) != 1 {
			t.Fatalf("read %q: %v", text, err)
		}
		until, err := time.Parse(time.DateOnly, list[0].Until)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Approval{Rule: list[0].Rule, Objects: list[0].Objects, Reason: list[0].Reason, Until: until})
	}
	return out
}

// TestProposalsAllowWhatTheySay: with the approvals that a refusal prints, the same plan is not refused, and another is.
func TestProposalsAllowWhatTheySay(t *testing.T) {
	pvc := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d, namespace: shop}\n"
	other := strings.Replace(configMap, "name: c", "name: other", 1)
	id := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}
	for rule, make := range map[string]func() Input{
		RulePruneData: func() Input { return applied(parsed(t, pvc+"---\n"+other)...).input(parsed(t, other)...) },
		RulePruneNamespace: func() Input {
			w := applied(parsed(t, namespace)...)
			w.seen.Strangers = map[string][]object.ID{"shop": {{Kind: "Secret", Namespace: "shop", Name: "s"}}}
			return w.input(parsed(t, strings.ReplaceAll(configMap, "shop", "x"))...)
		},
		RuleEmptySet: func() Input { return applied(parsed(t, configMap)...).input() },
		RulePruneBudget: func() Input {
			in := applied(parsed(t, configMap+"---\n"+other)...).input(parsed(t, other)...)
			in.Options.MaxPrune = &Budget{}
			return in
		},
		RuleStale: func() Input {
			in := applied(parsed(t, configMap+"---\n"+other)...).input(parsed(t, other)...)
			in.Options.Stale = "it is old"
			return in
		},
		RuleDowngrade: func() Input {
			in := applied(parsed(t, configMap)...).input(parsed(t, configMap)...)
			in.Inventory.Versions.Core, in.Versions.Core = "2.0.0", "1.0.0"
			return in
		},
		RuleOwner: func() Input {
			w := applied()
			w.seen.Objects[id] = &Meta{UID: "x", Labels: map[string]string{object.LabelPartOf: "applyset-x"}}
			w.seen.Sets = map[string]string{"applyset-x": "ops/base"}
			return w.input(parsed(t, configMap)...)
		},
		RulePruneCRD: func() Input {
			crd := object.ID{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: "foos.x.io"}
			w := applied(append(parsed(t, other), parsed(t, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: foos.x.io}\n")...)...)
			w.seen.Defines = map[object.ID]schema.GroupKind{crd: {Group: "x.io", Kind: "Foo"}}
			w.seen.Instances = map[object.ID][]object.ID{crd: {{Group: "x.io", Kind: "Foo", Name: "f"}}}
			return w.input(parsed(t, other)...)
		},
		RuleFinish: func() Input {
			in := applied(parsed(t, configMap)...).input(parsed(t, configMap)...)
			in.Options.AdoptFinish, in.Observed.Formers = true, []Former{released(in.Ref.String(), id, object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "left"})}
			return in
		},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := Make(make())
			if err == nil {
				t.Fatal("Make refuses nothing")
			}
			approvals := proposedApprovals(t, err.Error())
			if len(approvals) != 1 || approvals[0].Rule != rule {
				t.Fatalf("proposed are %v, want one for %s, in\n%v", approvals, rule, err)
			}
			in := make()
			in.Options.Approvals = approvals
			if _, err := Make(in); err != nil {
				t.Errorf("with what was proposed Make = %v", err)
			}
			in = make()
			for i := range approvals {
				approvals[i].Objects = []string{"ConfigMap/shop/another"}
			}
			in.Options.Approvals = approvals
			if _, err := Make(in); err == nil {
				t.Error("an approval of another object allows it, too")
			}
		})
	}
}

// TestProposalForFields: what the trial on the server finds is answered by an approval that ends, and that lets the fields be taken.
func TestProposalForFields(t *testing.T) {
	set := parsed(t, strings.Replace(configMap, "a: b", "a: c", 1))
	in := applied(parsed(t, configMap)...).input(set...)
	p, err := Make(in)
	if a := one(t, p, "ConfigMap/shop/c"); err != nil || a.Op != Update || a.Force {
		t.Fatalf("Make plans %s, %v", a.Op, err)
	}
	message := p.Conflicting([]Conflict{{ID: set[0].ID(), Path: "data.a", Owner: "x"}}).Error()
	in.Options.Approvals = proposedApprovals(t, message)
	p, err = Make(in)
	if a := one(t, p, "ConfigMap/shop/c"); err != nil || !a.Force || in.Options.Approvals[0].Rule != RuleField || len(p.Findings) > 0 {
		t.Errorf("with what was proposed Make plans %+v with %v, %v, want the fields taken", a, p.Findings, err)
	}
}

// TestProposedPattern: names may hold what means something else in patterns and in YAML.
func TestProposedPattern(t *testing.T) {
	for _, name := range []string{"plain", "system:node", "a*b", "a?b", "a[b]", `a\b`, "it's", "a#b", "trailing:"} {
		id := object.ID{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: name}
		problems := &Problems{Conflicts: []Conflict{{ID: id}}, Until: time.Date(2026, 9, 9, 0, 0, 0, 0, time.UTC)}
		a := proposedApprovals(t, problems.Error())[0]
		if !a.covers(RuleOwner, id) {
			t.Errorf("%v does not cover %s", a.Objects, id)
		}
		if a.covers(RuleOwner, object.ID{Group: id.Group, Kind: id.Kind, Name: "aXb"}) {
			t.Errorf("%v covers another object", a.Objects)
		}
	}
}

// TestLivingSetsKeepTheirObjects: --adopt all takes what a set left behind that is gone, and nothing from one that is there.
func TestLivingSetsKeepTheirObjects(t *testing.T) {
	id := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}
	plan := func(sets map[string]string, adopt ...string) error {
		w := applied()
		w.seen.Objects[id] = &Meta{UID: "x", Labels: map[string]string{object.LabelPartOf: "applyset-x"}}
		w.seen.Sets = sets
		in := w.input(parsed(t, configMap)...)
		var err error
		if in.Options.Adopt, err = ParseAdopt(adopt); err != nil {
			t.Fatal(err)
		}
		_, err = Make(in)
		return err
	}
	living := map[string]string{"applyset-x": "ops/base"}
	if err := plan(living, "all"); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "inventory ops/base (--adopt inventory:ops/base)") {
		t.Errorf("--adopt all takes from a living set: %v", err)
	}
	if err := plan(living, "inventory:ops/base"); err != nil {
		t.Errorf("--adopt inventory:ops/base = %v", err)
	}
	if err := plan(nil, "all"); err != nil {
		t.Errorf("--adopt all of what a set left behind = %v", err)
	}
}
