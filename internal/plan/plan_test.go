package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

var testRef = inventory.Ref{Namespace: "otomi-system", Name: "acme"}

const server = types.UID("cluster-1")

// parsed is the objects of a manifest, in a release of runlevel 20.
func parsed(t *testing.T, manifest string) []object.Object {
	t.Helper()
	objects, findings := object.Parse("m.yaml", []byte(manifest))
	if err := findings.Err(); err != nil {
		t.Fatal(err)
	}
	for i := range objects {
		objects[i].Release, objects[i].Runlevel = "web", "20"
	}
	return objects
}

// world is a cluster as a plan sees it, after an apply that everybody left alone.
type world struct {
	inv  *inventory.Inventory
	seen Observed
}

// applied simulates what an apply of the objects leaves behind.
func applied(objects ...object.Object) *world {
	w := &world{inv: inventory.New(testRef, inventory.Cluster{Name: "prod", UID: server})}
	w.inv.State, w.inv.ResourceVersion = inventory.Ready, "1"
	w.seen = Observed{ServerUID: server, Objects: map[object.ID]*Meta{}, Namespaces: map[string]bool{"shop": true}}
	var entries []inventory.Entry
	for i, o := range objects {
		sent := prepare(o, testRef.SetID(), nil)
		hash, _ := inventory.Hash(sent.Object)
		live := &Meta{UID: types.UID(fmt.Sprint("uid-", i)), Labels: sent.GetLabels(), Annotations: sent.GetAnnotations(), Managers: []metav1.ManagedFieldsEntry{ourFields(1)}}
		ours, others := Fingerprints(live.Managers)
		w.seen.Objects[o.ID()] = live
		entries = append(entries, inventory.Entry{
			ID: o.ID(), Version: o.GroupVersionKind().Version, Release: o.Release, Runlevel: o.Runlevel, UID: live.UID, Hash: hash, Ours: ours, Others: others, Created: true,
		})
	}
	w.inv.SetEntries(entries)
	return w
}

func ourFields(second int) metav1.ManagedFieldsEntry {
	return managed(object.FieldManager, metav1.ManagedFieldsOperationApply, "", second,
		`{"f:metadata":{"f:labels":{"f:applyset.kubernetes.io/part-of":{}}},"f:spec":{"f:replicas":{},"f:x":{}}}`)
}

func managed(manager string, op metav1.ManagedFieldsOperationType, subresource string, second int, fields string) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: op, Subresource: subresource, APIVersion: "v1", FieldsType: "FieldsV1",
		Time: ptr.To(metav1.NewTime(time.Date(2026, 9, 1, 0, 0, second, 0, time.UTC))), FieldsV1: metav1.NewFieldsV1(fields),
	}
}

func (w *world) input(desired ...object.Object) Input {
	return Input{
		Ref: testRef, Inventory: w.inv, Desired: desired, Observed: w.seen, Cluster: Cluster{Name: "prod"},
		Options: Options{Now: time.Date(2026, 9, 2, 0, 0, 0, 0, time.UTC)},
	}
}

// one is the only action about the object.
func one(t *testing.T, p *Plan, name string) Action {
	t.Helper()
	var found []Action
	for _, a := range p.Actions {
		if a.ID.String() == name {
			found = append(found, a)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d actions about %s, want 1: %v", len(found), name, p.Actions)
	}
	return found[0]
}

const (
	configMap  = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {a: b}\n"
	deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 2, x: y}\n"
	hpa        = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web, namespace: shop}\n" +
		"spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
	namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
	job       = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: shop, annotations: {otomi.io/task: %s}}\nspec: {v: %d}\n"
)

func TestUpdates(t *testing.T) {
	id := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}
	for name, c := range map[string]struct {
		desired string
		change  func(w *world, live *Meta)
		want    Op
	}{
		"nothing happened":        {configMap, func(*world, *Meta) {}, Unchanged},
		"content changed":         {strings.Replace(configMap, "b}", "c}", 1), func(*world, *Meta) {}, Update},
		"deleted":                 {configMap, func(w *world, _ *Meta) { delete(w.seen.Objects, id) }, Create},
		"being deleted":           {configMap, func(_ *world, m *Meta) { m.Terminating = true }, Create},
		"made anew by hand":       {configMap, func(_ *world, m *Meta) { m.UID = "other" }, Update},
		"label taken off":         {configMap, func(_ *world, m *Meta) { m.Labels = nil }, Update},
		"entry lost":              {configMap, func(w *world, _ *Meta) { w.inv.Entries = nil }, Update},
		"resource version moved":  {configMap, func(_ *world, m *Meta) { m.ResourceVersion = "99" }, Unchanged},
		"paused":                  {strings.Replace(configMap, "b}", "c}", 1), func(_ *world, m *Meta) { m.Annotations = map[string]string{PausedKey: "incident"} }, Keep},
		"status written":          {configMap, foreign("status", `{"f:status":{"f:used":{}}}`), Unchanged},
		"status without its path": {configMap, foreign("", `{"f:status":{"f:used":{}}}`), Unchanged},
		"scaled":                  {configMap, foreign("scale", `{"f:spec":{"f:replicas":{}}}`), Unchanged},
		"other fields written":    {configMap, foreign("", `{"f:spec":{"f:clusterIP":{}},"f:status":{}}`), Update},
		"our fields taken": {configMap, func(_ *world, m *Meta) {
			m.Managers[0].FieldsV1 = metav1.NewFieldsV1(`{"f:metadata":{}}`)
		}, Update},
		"our value changed under our name": {configMap, func(_ *world, m *Meta) { m.Managers[0] = ourFields(2) }, Update},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(parsed(t, configMap)...)
			c.change(w, w.seen.Objects[id])
			p, err := Make(w.input(parsed(t, c.desired)...))
			if err != nil {
				t.Fatal(err)
			}
			if a := one(t, p, "ConfigMap/shop/c"); a.Op != c.want {
				t.Errorf("Make plans %s (%s), want %s", a.Op, a.Reason, c.want)
			}
		})
	}
}

func foreign(subresource, fields string) func(*world, *Meta) {
	return func(_ *world, m *Meta) {
		m.Managers = append(m.Managers, managed("kube-controller-manager", metav1.ManagedFieldsOperationUpdate, subresource, 9, fields))
	}
}

func TestOwnership(t *testing.T) {
	id := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}
	for name, c := range map[string]struct {
		live  Meta
		adopt []string
		want  string // in the error; empty: adopted
	}{
		"nobody's":         {Meta{}, nil, "exists already and has no owner (--adopt unowned)"},
		"nobody's, wanted": {Meta{}, []string{"unowned"}, ""},
		"helm": {
			Meta{Annotations: map[string]string{"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}},
			[]string{"unowned"},
			"belongs to Helm release shop/web (--adopt helm:shop/web)",
		},
		"helm, wanted": {Meta{Annotations: map[string]string{"meta.helm.sh/release-name": "web"}}, []string{"helm:api,web"}, ""},
		"helm, of another namespace": {
			Meta{Annotations: map[string]string{"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}},
			[]string{"helm:dev/web"},
			"belongs to Helm release shop/web (--adopt helm:shop/web)",
		},
		"a copy of ours":         {Meta{Labels: map[string]string{object.LabelPartOf: testRef.SetID()}}, nil, "exists already and has no owner (--adopt unowned)"},
		"a copy of ours, wanted": {Meta{Labels: map[string]string{object.LabelPartOf: testRef.SetID()}}, []string{"unowned"}, ""},
		"another set":            {Meta{Labels: map[string]string{object.LabelPartOf: "applyset-x"}}, []string{"helm"}, "belongs to inventory ops/base"},
		"argo":                   {Meta{Annotations: map[string]string{"argocd.argoproj.io/tracking-id": "app:/ConfigMap:shop/c"}}, nil, "belongs to Argo CD application app"},
		"flux":                   {Meta{Labels: map[string]string{"kustomize.toolkit.fluxcd.io/name": "apps"}}, nil, "belongs to Flux object apps"},
		"anybody's wanted":       {Meta{Labels: map[string]string{"kapp.k14s.io/app": "1"}}, []string{"all"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied()
			w.seen.Objects[id] = &c.live
			w.seen.Sets = map[string]string{"applyset-x": "ops/base"}
			in := w.input(parsed(t, configMap)...)
			var err error
			if in.Options.Adopt, err = ParseAdopt(c.adopt); err != nil {
				t.Fatal(err)
			}
			p, err := Make(in)
			if c.want == "" {
				if a := one(t, p, "ConfigMap/shop/c"); err != nil || a.Op != Adopt {
					t.Errorf("Make plans %s, %v, want an adoption", a.Op, err)
				}
				return
			}
			if !errors.Is(err, ErrConflict) || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Make = %v, want a conflict with %q", err, c.want)
			}
		})
	}
}

// TestCopies: what somebody made with our label on it is not ours, whether we have had one of that name or not.
func TestCopies(t *testing.T) {
	id := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}
	for name, change := range map[string]func(*world){
		"of another name":     func(w *world) { w.inv.Entries = nil },
		"in its place":        func(w *world) { w.seen.Objects[id].UID = "other" },
		"announced, not made": func(w *world) { w.inv.Entries[0].UID = "" },
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(parsed(t, configMap)...)
			change(w)
			w.seen.Objects[id].Managers = []metav1.ManagedFieldsEntry{managed("kubectl-create", metav1.ManagedFieldsOperationUpdate, "", 1,
				`{"f:metadata":{"f:labels":{"f:applyset.kubernetes.io/part-of":{}}},"f:data":{}}`)}
			if _, err := Make(w.input(parsed(t, configMap)...)); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "--adopt unowned") {
				t.Errorf("Make = %v, want a conflict", err)
			}
		})
	}
}

// TestTwoReleasesOfOneName: a plain name takes over from one of them only.
func TestTwoReleasesOfOneName(t *testing.T) {
	desired := parsed(t, configMap+"---\n"+strings.Replace(configMap, "shop", "dev", 1))
	for flag, refused := range map[string]bool{"helm:web": true, "helm:shop/web,dev/web": false, "helm": false} {
		w := applied()
		for _, o := range desired {
			w.seen.Objects[o.ID()] = &Meta{Annotations: map[string]string{"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": o.GetNamespace()}}
		}
		in := w.input(desired...)
		var err error
		if in.Options.Adopt, err = ParseAdopt([]string{flag}); err != nil {
			t.Fatal(err)
		}
		_, err = Make(in)
		wantRefusal(t, err, map[bool]string{true: RuleOwner}[refused])
		if refused && !strings.Contains(fmt.Sprint(err), "--adopt helm:dev/web or --adopt helm:shop/web") {
			t.Errorf("Make = %v; it does not say what to do", err)
		}
	}
}

func TestNamespaces(t *testing.T) {
	id := object.ID{Kind: "Namespace", Name: "shop"}
	t.Run("somebody's is used, not owned", func(t *testing.T) {
		w := applied()
		w.seen.Objects[id] = &Meta{UID: "n"}
		p, err := Make(w.input(parsed(t, namespace)...))
		if a := one(t, p, "Namespace/shop"); err != nil || a.Op != Keep || !a.Borrowed {
			t.Errorf("Make plans %s (borrowed %v), %v", a.Op, a.Borrowed, err)
		}
	})
	t.Run("what it cannot set is a warning", func(t *testing.T) {
		w := applied()
		w.seen.Objects[id] = &Meta{UID: "n"}
		p, _ := Make(w.input(parsed(t, strings.Replace(namespace, "shop", "shop, labels: {tier: x}", 1))...))
		if len(p.Findings) != 1 || p.Findings[0].Rule != "namespace-not-owned" {
			t.Errorf("findings = %v, want namespace-not-owned", p.Findings)
		}
	})
	for name, c := range map[string]struct {
		change func(w *world)
		desire string
		want   Op
		rule   string
	}{
		"made by the set":     {func(*world) {}, "", Prune, ""},
		"not made by the set": {func(w *world) { w.inv.Entries[0].Created = false }, "", Forget, ""},
		"objects stay in it":  {func(*world) {}, configMap, Keep, ""},
		"strangers are in it": {func(w *world) {
			w.seen.Strangers = map[string][]object.ID{"shop": {{Kind: "Secret", Namespace: "shop", Name: "s"}}}
		}, "", Prune, RulePruneNamespace},
		"kinds in it may not be listed": {func(w *world) {
			w.seen.Strangers = map[string][]object.ID{"shop": {{Kind: "Secret", Namespace: "shop", Name: Unseen}}}
		}, "", Prune, RulePruneNamespace},
		"protected":             {func(w *world) { w.seen.Objects[id].Annotations = map[string]string{ProtectKey: "true"} }, "", Keep, ""},
		"kept by helm":          {func(w *world) { w.seen.Objects[id].Annotations = map[string]string{"helm.sh/resource-policy": "keep"} }, "", Keep, ""},
		"made anew by somebody": {func(w *world) { w.seen.Objects[id].UID = "x" }, "", Forget, ""},
		"label taken off":       {func(w *world) { w.seen.Objects[id].Labels = nil }, "", Forget, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(parsed(t, namespace)...)
			c.change(w)
			in := w.input(parsed(t, c.desire+"---\n"+strings.ReplaceAll(configMap, "shop", "other"))...)
			p, err := Make(in)
			if a := one(t, p, "Namespace/shop"); a.Op != c.want {
				t.Errorf("Make plans %s (%s), want %s", a.Op, a.Reason, c.want)
			}
			wantRefusal(t, err, c.rule)
		})
	}
}

func wantRefusal(t *testing.T, err error, rule string) {
	t.Helper()
	switch {
	case rule == "" && err != nil:
		t.Errorf("Make = %v, want no refusal", err)
	case rule != "" && (!errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), rule+":")):
		t.Errorf("Make = %v, want refused by %s", err, rule)
	}
}

func TestRefusals(t *testing.T) {
	maps := func(n int) string {
		s := ""
		for i := range n {
			s += strings.Replace(configMap, "name: c", fmt.Sprint("name: c", i), 1) + "---\n"
		}
		return s
	}
	many, half, quarter := maps(40), maps(20), maps(10)
	pvc := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d, namespace: shop}\n"
	crd := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: foos.x.io}\n"
	until := func(day int) time.Time { return time.Date(2026, 9, day, 0, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		was, desired string
		change       func(*Input)
		rule         string
	}{
		"within the budget": {many, half, nil, ""},
		"over the budget":   {many, quarter, nil, RulePruneBudget},
		"over it, allowed":  {many, quarter, func(in *Input) { in.Options.MaxPrune = &Budget{Count: 100, Percent: true} }, ""},
		"over it, approved": {many, quarter, func(in *Input) {
			in.Options.Approvals = []Approval{{Rule: RulePruneBudget, Objects: []string{"ConfigMap/shop/*"}}}
		}, ""},
		"over it, approved last day": {many, quarter, func(in *Input) { in.Options.Approvals = []Approval{{Rule: RulePruneBudget, Until: until(2)}} }, ""},
		"over it, approved too long ago": {
			many, quarter,
			func(in *Input) { in.Options.Approvals = []Approval{{Rule: RulePruneBudget, Until: until(1)}} }, RulePruneBudget,
		},
		"nothing desired":          {configMap, "", nil, RuleEmptySet},
		"nothing desired, allowed": {configMap, "", func(in *Input) { in.Options.MaxPrune = &Budget{Count: 1} }, ""},
		"a destroy":                {many, "", func(in *Input) { in.Options.Destroy = true }, ""},
		"data":                     {configMap + "---\n" + pvc, configMap, nil, RulePruneData},
		"data, approved": {
			configMap + "---\n" + pvc, configMap,
			func(in *Input) {
				in.Options.Approvals = []Approval{{Rule: RulePruneData, Objects: []string{"PersistentVolumeClaim/shop/d"}}}
			}, "",
		},
		"a definition others use": {configMap + "---\n" + crd, configMap, func(in *Input) {
			id := object.ID{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: "foos.x.io"}
			in.Observed.Instances = map[object.ID][]object.ID{id: {{Group: "x.io", Kind: "Foo", Name: "f"}}}
		}, RulePruneCRD},
		"pruning off":           {many, configMap, func(in *Input) { in.Options.NoPrune = true }, ""},
		"a stale checkout":      {many, half, func(in *Input) { in.Options.Stale = "older than what is applied" }, RuleStale},
		"a stale one, no prune": {many, many, func(in *Input) { in.Options.Stale = "older than what is applied" }, ""},
		"another uid declared":  {configMap, configMap, func(in *Input) { in.Cluster.UID = "x" }, RuleCluster},
		"another uid recorded":  {configMap, configMap, func(in *Input) { in.Inventory.Cluster.UID = "x" }, RuleCluster},
		"another name":          {configMap, configMap, func(in *Input) { in.Cluster.Name = "dev" }, RuleCluster},
		"uid cannot be read":    {configMap, configMap, func(in *Input) { in.Cluster.UID, in.Observed.ServerUID, in.Inventory.Cluster.UID = server, "", server }, ""},
		"an older plugin":       {configMap, configMap, func(in *Input) { in.Inventory.Versions.Plugin, in.Versions.Plugin = "v0.5.0", "v0.4.9" }, RuleDowngrade},
		"an older core":         {configMap, configMap, func(in *Input) { in.Inventory.Versions.Core, in.Versions.Core = "1.2.3", "1.2.2" }, RuleDowngrade},
		"an older core, allowed": {configMap, configMap, func(in *Input) {
			in.Inventory.Versions.Core, in.Versions.Core, in.Options.AllowDowngrade = "1.2.3", "1.2.2", true
		}, ""},
		"builds of one release": {configMap, configMap, func(in *Input) { in.Inventory.Versions.Plugin, in.Versions.Plugin = "v0.5.0-12-gabc", "v0.5.0-3-gdef" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			desired := parsed(t, c.desired)
			in := applied(parsed(t, c.was)...).input(desired...)
			if c.change != nil {
				c.change(&in)
			}
			_, err := Make(in)
			wantRefusal(t, err, c.rule)
			if err != nil && strings.Contains(err.Error(), "<nil>") {
				t.Errorf("the message is malformed: %v", err)
			}
		})
	}
}

func TestAllProblemsInOneMessage(t *testing.T) {
	pvc := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d, namespace: shop}\n"
	w := applied(parsed(t, pvc+"---\n"+strings.Replace(configMap, "name: c", "name: mine", 1))...)
	w.seen.Objects[object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}] = &Meta{UID: "x"}
	in := w.input(parsed(t, configMap)...)
	in.Cluster.Name = "dev"
	_, err := Make(in)
	want := `refused by a safety rule:
  prune-data: PersistentVolumeClaim/shop/d would be deleted with its data (--prune-data)
    or add to approvals in otomi.yaml:
      - rule: prune-data
        objects:
          - PersistentVolumeClaim/shop/d
        reason: …
        until: 2026-09-09
  wrong-cluster: this cluster is prod to inventory otomi-system/acme, not dev (use --cluster prod, or name the context of dev with --context; if it was renamed, write name: prod into otomi.yaml)
objects or fields belong to somebody else:
  ConfigMap/shop/c: exists already and has no owner (--adopt unowned)
    or add to approvals in otomi.yaml:
      - rule: foreign-owner
        objects:
          - ConfigMap/shop/c
        reason: …
        until: 2026-09-09`
	if err == nil || err.Error() != want {
		t.Errorf("Make = %v\nwant %s", err, want)
	}
	if !errors.Is(err, ErrConflict) || !errors.Is(err, ErrRefused) {
		t.Error("the error is not both a conflict and a refusal")
	}
}

func TestTasks(t *testing.T) {
	id := object.ID{Group: "batch", Kind: "Job", Namespace: "shop", Name: "j"}
	for _, c := range []struct {
		name     string
		mode     string
		version  int // 1 is what was applied
		done     bool
		gone     bool
		narrowed bool
		want     Op
	}{
		{"runs once per change", "on-change", 1, true, false, false, Unchanged},
		{"changed", "on-change", 2, true, false, false, Recreate},
		{"cleaned up", "on-change", 1, true, true, false, Keep},
		{"deleted before it was done", "on-change", 1, false, true, false, Create},
		{"changed after it was cleaned up", "on-change", 2, true, true, false, Create},
		{"always", "always", 1, true, false, false, Recreate},
		{"always, cleaned up", "always", 1, true, true, false, Create},
		{"always, but narrowed", "always", 1, true, false, true, Unchanged},
		{"once, changed", "once", 2, true, false, false, Keep},
		{"once, cleaned up and changed", "once", 2, true, true, false, Keep},
		{"once, changed before it was done", "once", 2, false, false, false, Recreate},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := applied(parsed(t, fmt.Sprintf(job, c.mode, 1))...)
			if c.done {
				w.inv.Entries[0].Task = inventory.TaskDone
			}
			if c.gone {
				delete(w.seen.Objects, id)
			}
			in := w.input(parsed(t, fmt.Sprintf(job, c.mode, c.version))...)
			if c.narrowed {
				in.Selected = func(string, string) bool { return true }
			}
			p, err := Make(in)
			if err != nil {
				t.Fatal(err)
			}
			a := one(t, p, "Job/shop/j")
			if a.Op != c.want {
				t.Errorf("Make plans %s (%s), want %s", a.Op, a.Reason, c.want)
			}
			if len(p.Risky()) > 0 {
				t.Errorf("a task counts as risky: %v", p.Risky())
			}
		})
	}
}

func TestDuplicates(t *testing.T) {
	_, err := Make(applied().input(parsed(t, configMap+"---\n"+configMap)...))
	var findings diag.Findings
	if !errors.As(err, &findings) || len(findings) != 1 || findings[0].Rule != "duplicate-object" || findings[0].At.Line != 6 {
		t.Errorf("Make = %v, want one duplicate-object at line 6", err)
	}
}

func TestPrepare(t *testing.T) {
	o := parsed(t, `apiVersion: v1
kind: Secret
metadata:
  name: s
  namespace: shop
  uid: x
  resourceVersion: "1"
  labels: {validated-by: otomi-0123abcd, keep: me}
  annotations: {config.kubernetes.io/index: "0", internal.config.kubernetes.io/path: a.yaml, otomi.io/rendered-by: f}
stringData: {a: plain}
data: {b: eA==}
status: {}
`)[0]
	got, err := prepare(o, "applyset-x", nil).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"v1","data":{"a":"cGxhaW4=","b":"eA=="},"kind":"Secret","metadata":{"labels":{"applyset.kubernetes.io/part-of":"applyset-x","keep":"me"},"name":"s","namespace":"shop"}}`
	if strings.TrimSpace(string(got)) != want {
		t.Errorf("prepare = %s\nwant      %s", got, want)
	}
}

// TestForeignMark: only the mark of check-policies is taken out, not what somebody else says with the same label.
func TestForeignMark(t *testing.T) {
	for _, value := range []string{"otomi-1", "otomi-0123abcde", "security-team"} {
		o := parsed(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b, labels: {validated-by: "+value+"}}\n")[0]
		if got := prepare(o, "", nil).GetLabels()["validated-by"]; got != value {
			t.Errorf("validated-by: %s becomes %q", value, got)
		}
	}
}

func TestOrder(t *testing.T) {
	was := parsed(t, namespace+"---\n"+deployment+"---\n"+configMap)
	was[1].Runlevel = "30"
	p, err := Make(func() Input { in := applied(was...).input(); in.Options.Destroy = true; return in }())
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, a := range p.Actions {
		order = append(order, a.ID.String())
	}
	if got := strings.Join(order, " "); got != "Deployment/shop/web ConfigMap/shop/c Namespace/shop" {
		t.Errorf("destroy deletes in the order %s", got)
	}
}
