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
	// What annotations say is package plan's to read.
	made, err := plan.Make(plan.Input{Desired: h.objects(manifests...), Observed: plan.Observed{ServerUID: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range made.Actions {
		for i := range p.Actions {
			if a := &p.Actions[i]; a.ID == from.ID {
				a.DependsOn, a.Hook = from.DependsOn, from.Hook
			}
		}
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
		"depends on what comes later by rank": {
			[]string{
				strings.Replace(config, "name: config, ", `name: config, annotations: {otomi.io/depends-on: "Deployment/free"}, `, 1), service, web,
				strings.NewReplacer("name: web,", "name: free,", ", envFrom: [{configMapRef: {name: config}}]", "").Replace(web),
			},
			nil, GateChanged, "Service/web | Deployment/free | ConfigMap/config | Deployment/web",
		},
		"depends on another release": {
			[]string{
				strings.Replace(config, "name: config, ", `name: config, annotations: {otomi.io/depends-on: "Deployment/w2"}, `, 1),
				other(strings.ReplaceAll(config, "config", "c2"), "b"), other(strings.ReplaceAll(web, "name: web", "name: w2"), "b"),
			},
			nil, GateChanged, "ConfigMap/c2 | Deployment/w2 | ConfigMap/config",
		},
		"ranks that go in a circle give way": {
			[]string{
				strings.Replace(config, "name: config, ", `name: config, annotations: {otomi.io/depends-on: "Deployment/w2"}, `, 1), service,
				other(strings.Replace(config, "name: config, ", `name: c2, annotations: {otomi.io/depends-on: "Deployment/web"}, `, 1), "b"),
				other(strings.Replace(web, "name: web", "name: w2", 1), "b"), strings.Replace(web, "configMapRef: {name: config}", "configMapRef: {name: not-here}", 1),
			},
			nil, GateChanged, "Deployment/w2 Deployment/web Service/web | ConfigMap/c2 ConfigMap/config",
		},
		"hooks": {
			[]string{
				web, service, hookJob("first", "pre-install", "-1"), hookJob("second", "pre-install", "0"), hookJob("last", "post-install", "0"),
				other(strings.ReplaceAll(config, "config", "c2"), "b"),
			},
			map[string]plan.Release{"b": {Needs: []string{"main"}}},
			GateNone,
			"Job/first | Job/second | Service/web | Deployment/web | Job/last | ConfigMap/c2",
		},
		"a webhook behind its workload, and what it is called for": {
			[]string{
				calling("pods, things"), service, web, other(strings.NewReplacer("name: web,", "name: w2,", "app: web", "app: w2").Replace(web), "b"),
				other(config, "b"), strings.Replace(thing, "# release things level 30", "# release main level 20", 1), crd,
			},
			nil, GateChanged,
			"CustomResourceDefinition/things.x.example.com | ConfigMap/config Service/web | Deployment/web | ValidatingWebhookConfiguration/hook | Deployment/w2 Thing/t",
		},
		"a webhook lets go first what it waits for": {
			[]string{calling("configmaps, deployments"), service, web, config, other(strings.ReplaceAll(config, "config", "c2"), "b")},
			map[string]plan.Release{"main": {Needs: []string{"b"}}},
			GateChanged,
			"ConfigMap/c2 | ConfigMap/config | Service/web | Deployment/web | ValidatingWebhookConfiguration/hook",
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

// hookJob is a chart's hook.
func hookJob(name, events, weight string) string {
	return fmt.Sprintf("apiVersion: batch/v1\nkind: Job\nmetadata: {name: %s, namespace: NAME, annotations: {helm.sh/hook: %q, helm.sh/hook-weight: %q}}\n", name, events, weight)
}

// calling is a webhook for resources behind the Service web.
func calling(resources string) string {
	return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks:
  - name: hook.example.com
    clientConfig: {service: {name: web, namespace: NAME}}
    rules: [{apiGroups: ["", apps, NAME.example.com], apiVersions: ["*"], operations: [CREATE], resources: [` + resources + `]}]
`
}

func TestGraphCycle(t *testing.T) {
	p := creating(t, config, "# release b level 20\n"+service)
	p.Releases = map[string]plan.Release{"main": {Needs: []string{"b"}}, "b": {Needs: []string{"main"}}}
	if _, err := newGraph(p, GateChanged); err == nil || !strings.Contains(err.Error(), ": b, main") {
		t.Errorf("newGraph = %v, want it to name b and main", err)
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
