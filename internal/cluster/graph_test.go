package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// order walks the graph of a plan that creates everything and returns the waves in which objects are sent.
func order(t *testing.T, p *plan.Plan, mode Gate) string {
	t.Helper()
	g, err := newGraph(p, mode)
	if err != nil {
		t.Fatal(err)
	}
	open := make([]int, len(g.nodes))
	for at, n := range g.nodes {
		open[at] = n.open
	}
	var waves []string
	for done := 0; done < len(g.nodes); {
		var ready []int
		for points := true; points; { // points take no time
			points = false
			for at := range g.nodes {
				if open[at] != 0 {
					continue
				}
				open[at] = -1
				done++
				if g.nodes[at].action != nil {
					ready = append(ready, at)
					continue
				}
				points = true
				for _, e := range g.nodes[at].next {
					open[e.to]--
				}
			}
		}
		var names []string
		for _, at := range ready {
			names = append(names, g.nodes[at].action.ID.Kind+"/"+g.nodes[at].action.ID.Name)
			for _, e := range g.nodes[at].next {
				open[e.to]--
			}
		}
		slices.Sort(names)
		if len(names) > 0 {
			waves = append(waves, strings.Join(names, " "))
		}
	}
	return strings.Join(waves, " | ")
}

func creating(t *testing.T, manifests ...string) *plan.Plan {
	t.Helper()
	h := &harness{T: t, name: "x"}
	p := &plan.Plan{Releases: map[string]plan.Release{}}
	for _, o := range h.objects(manifests...) {
		p.Actions = append(p.Actions, plan.Action{Op: plan.Create, ID: o.ID(), Version: o.GroupVersionKind().Version, Release: o.Release, Runlevel: o.Runlevel, Object: o})
	}
	return p
}

func TestGraphOrder(t *testing.T) {
	other := func(doc, release string) string { return "# release " + release + " level 20\n" + doc }
	for name, c := range map[string]struct {
		set   []string
		needs map[string]plan.Release
		mode  Gate
		want  string
	}{
		"definitions, levels, ranks": {
			[]string{thing, web, config, service, task, crd, ns},
			nil, GateChanged,
			"CustomResourceDefinition/things.x.example.com Namespace/x | Job/migrate | ConfigMap/config | Service/web | Deployment/web | Thing/t",
		},
		"releases side by side": {
			[]string{config, web, other(strings.ReplaceAll(config, "config", "c2"), "b"), other(strings.ReplaceAll(web, "name: web", "name: w2"), "b")},
			nil, GateChanged,
			"ConfigMap/c2 ConfigMap/config | Deployment/w2 Deployment/web",
		},
		"needs": {
			[]string{config, web, other(strings.ReplaceAll(config, "config", "c2"), "b"), other(strings.ReplaceAll(web, "name: web", "name: w2"), "b")},
			map[string]plan.Release{"main": {Needs: []string{"b", "not in this run"}}},
			GateChanged,
			"ConfigMap/c2 | Deployment/w2 | ConfigMap/config | Deployment/web",
		},
		"order without gates": {
			[]string{web, task}, nil, GateNone, "Job/migrate | Deployment/web",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := creating(t, c.set...)
			p.Releases = c.needs
			if got := order(t, p, c.mode); got != c.want {
				t.Errorf("order = %s\nwant    %s", got, c.want)
			}
		})
	}
}

func TestGraphCycle(t *testing.T) {
	p := creating(t, config, "# release b level 20\n"+service)
	p.Releases = map[string]plan.Release{"main": {Needs: []string{"b"}}, "b": {Needs: []string{"main"}}}
	if _, err := newGraph(p, GateChanged); err == nil || !strings.Contains(err.Error(), "b, main") {
		t.Errorf("newGraph = %v, want it to name b and main", err)
	}
}

func TestReferences(t *testing.T) {
	h := &harness{T: t, name: "x"}
	o := h.objects(`apiVersion: batch/v1
kind: CronJob
metadata: {name: c, namespace: NAME}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: sa
          imagePullSecrets: [{name: pull}]
          volumes:
            - {name: a, configMap: {name: cm}}
            - {name: b, secret: {secretName: s, optional: true}}
            - {name: c, persistentVolumeClaim: {claimName: pvc}}
            - {name: d, projected: {sources: [{secret: {name: ps}}]}}
          initContainers: [{name: i, envFrom: [{secretRef: {name: env}}]}]
          containers: [{name: m, env: [{name: A, valueFrom: {configMapKeyRef: {name: key, key: k}}}, {name: B, value: b}]}]
`)[0]
	var got []string
	for _, id := range references(o) {
		got = append(got, id.String())
	}
	want := "ServiceAccount/x/sa Secret/x/pull ConfigMap/x/cm PersistentVolumeClaim/x/pvc Secret/x/ps Secret/x/env ConfigMap/x/key"
	if strings.Join(got, " ") != want {
		t.Errorf("references = %v\nwant %s", got, want)
	}
}

func TestRemovalOrder(t *testing.T) {
	p := creating(t, crd, thing, web, config, service, ns, task)
	actions := make([]*plan.Action, len(p.Actions))
	for i := range p.Actions {
		actions[i] = &p.Actions[i]
	}
	slices.SortStableFunc(actions, compareRemoval)
	var got []string
	for _, a := range actions {
		got = append(got, a.ID.Kind)
	}
	want := "Thing Deployment Service ConfigMap Job CustomResourceDefinition Namespace"
	if strings.Join(got, " ") != want {
		t.Errorf("deleted in the order %v\nwant %s", got, want)
	}
}

func TestStrangers(t *testing.T) {
	id := func(kind, name string) object.ID { return object.ID{Kind: kind, Namespace: "n", Name: name} }
	found := []resident{
		{id: id("Pod", "p"), uid: "pod", owners: []types.UID{"rs"}}, // before its owner, on purpose
		{id: id("ReplicaSet", "r"), uid: "rs", owners: []types.UID{"deployment"}},
		{id: id("Deployment", "d"), uid: "deployment", ours: true},
		{id: id("Pod", "theirs"), uid: "p2", owners: []types.UID{"elsewhere"}},
		{id: id("ServiceAccount", "default"), uid: "sa"},
		{id: id("ConfigMap", "kube-root-ca.crt"), uid: "ca"},
		{id: id("ConfigMap", "mine"), uid: "cm"},
		{id: id("Secret", "of-another-namespaces-object"), uid: "s", owners: []types.UID{"known"}},
	}
	got := fmt.Sprint(strangers(found, map[types.UID]bool{"known": true}))
	if want := "[ConfigMap/n/mine Pod/n/theirs]"; got != want {
		t.Errorf("strangers = %s, want %s", got, want)
	}
}
