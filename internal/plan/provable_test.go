package plan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// chronicle is a cluster with a past: runs that completed, failed or were killed, and what others did between them. It knows
// what no plan is told: which objects are the set's.
type chronicle struct {
	*rand.Rand
	universe []object.Object
	inv      *inventory.Inventory
	live     map[object.ID]*Meta
	ours     map[types.UID]bool // applied by a run of the set, or taken over with consent
	made     map[types.UID]bool // made by a run of the set
	uids     int
	deleted  int
}

func (c *chronicle) pick(s ...string) string { return s[c.IntN(len(s))] }

func (c *chronicle) uid() types.UID {
	c.uids++
	return types.UID(fmt.Sprint("uid-", c.uids))
}

func newChronicle(seed uint64) *chronicle {
	c := &chronicle{
		Rand: rand.New(rand.NewPCG(seed, 1)), live: map[object.ID]*Meta{}, ours: map[types.UID]bool{}, made: map[types.UID]bool{},
		inv: inventory.New(testRef, inventory.Cluster{Name: "prod", UID: server}),
	}
	for i := range 24 {
		kind := c.pick("ConfigMap", "Secret", "Namespace", "PersistentVolumeClaim", "Service", "CustomResourceDefinition", "Thing")
		version := map[string]string{"CustomResourceDefinition": "apiextensions.k8s.io/v1", "Thing": "example.com/v1"}[kind]
		u := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": fmt.Sprint("o", i)}}}
		u.SetAPIVersion(version)
		if version == "" {
			u.SetAPIVersion("v1")
		}
		u.SetKind(kind)
		if kind == "Namespace" && c.IntN(8) == 0 {
			u.SetName(c.pick("default", "kube-system"))
		}
		if kind != "Namespace" && kind != "CustomResourceDefinition" {
			u.SetNamespace(fmt.Sprint("o", c.IntN(24)))
		}
		c.universe = append(c.universe, object.Object{Unstructured: u, Release: c.pick("a", "b", "c"), Runlevel: c.pick("10", "20")})
	}
	return c
}

// meddle is what people, controllers and other tools do to an object.
func (c *chronicle) meddle(id object.ID) {
	live := c.live[id]
	if live == nil {
		if c.IntN(4) == 0 { // somebody makes it, sometimes of a copy that has our label
			live = &Meta{UID: c.uid(), Managers: []metav1.ManagedFieldsEntry{managed("kubectl-create", metav1.ManagedFieldsOperationUpdate, "", 1, `{}`)}}
			if c.IntN(2) == 0 {
				live.Labels = map[string]string{object.LabelPartOf: testRef.SetID()}
			}
			c.live[id] = live
		}
		return
	}
	changed := *live
	switch c.IntN(14) {
	case 0:
		delete(c.live, id)
		return
	case 1: // restored from a backup, label, managers and all, which is all that proves an object whose uid is not recorded yet
		changed.UID = c.uid()
		e, _ := c.inv.Find(id)
		c.ours[changed.UID], c.made[changed.UID] = e.UID == "", e.UID == "" && e.Created
	case 2:
		changed.UID, changed.Managers = c.uid(), nil
	case 3:
		changed.Labels = nil
	case 4:
		changed.Labels = map[string]string{object.LabelPartOf: "applyset-other"}
	case 5:
		changed.Annotations = guards()[c.IntN(len(guards()))]
	case 6:
		changed.Owners = []metav1.OwnerReference{{Kind: "Operator", Name: "x", Controller: ptr.To(true)}}
	case 7:
		changed.Terminating = true
	case 8:
		changed.Annotations = map[string]string{ProtectKey: "false"}
	default:
		return
	}
	c.live[id] = &changed
}

// guards are annotations any of which keeps an object from being deleted.
func guards() []map[string]string {
	return []map[string]string{
		{"otomi.io/protect": ""},
		{"otomi.io/protect": "true"},
		{"otomi.io/paused": "incident"},
		{"helm.sh/resource-policy": "keep"},
		{"client.lifecycle.config.k8s.io/deletion": "detach"},
		{"cli-utils.sigs.k8s.io/on-remove": "keep"},
		{"kustomize.toolkit.fluxcd.io/prune": "disabled"},
		{"argocd.argoproj.io/sync-options": "Prune=false"},
		{"kapp.k14s.io/delete-strategy": "orphan"},
	}
}

func (c *chronicle) guarded(m *Meta) bool {
	return slices.ContainsFunc(guards(), func(g map[string]string) bool {
		for k, v := range g {
			got, found := m.Annotations[k]
			if k == "otomi.io/protect" {
				return found && got != "false"
			}
			return found && got == v
		}
		return false
	})
}

// input is the next run: what is desired, selected and allowed.
func (c *chronicle) input() Input {
	in := Input{Ref: testRef, Inventory: c.inv, Cluster: Cluster{Name: c.pick("prod", "prod", "prod", "prod", "prod", "prod", "other")}}
	for _, o := range c.universe {
		if c.IntN(3) > 0 {
			if c.IntN(6) == 0 {
				o.Release = c.pick("a", "b", "c")
			}
			o.Unstructured = o.DeepCopy()
			in.Desired = append(in.Desired, o)
		}
	}
	release, level := c.pick("a", "b", "c", "", "", ""), c.pick("10", "20", "", "", "")
	if release+level != "" {
		in.Selected = func(r, l string) bool { return (release == "" || release == r) && (level == "" || level == l) }
	}
	in.Options.Destroy, in.Options.NoPrune = c.IntN(6) == 0, c.IntN(8) == 0
	in.Options.Adopt.Unowned = c.IntN(3) == 0
	if c.IntN(2) == 0 {
		in.Options.MaxPrune = &Budget{Count: c.IntN(12)}
	}
	if c.IntN(4) == 0 {
		in.Options.Stale, in.Options.AllowOlder = "older", c.IntN(2) == 0
	}
	for _, rule := range []string{RulePruneNamespace, RulePruneCRD, RulePruneData} {
		if c.IntN(2) == 0 {
			in.Options.Approvals = append(in.Options.Approvals, Approval{Rule: rule})
		}
	}
	in.Observed = c.observed()
	return in
}

func (c *chronicle) observed() Observed {
	seen := Observed{
		ServerUID: server, Objects: map[object.ID]*Meta{}, Namespaces: map[string]bool{}, Strangers: map[string][]object.ID{},
		Instances: map[object.ID][]object.ID{}, Defines: map[object.ID]schema.GroupKind{},
	}
	for id, m := range c.live {
		seen.Objects[id] = m
		if id.Kind == "Namespace" {
			seen.Namespaces[id.Name] = true
			if c.IntN(3) == 0 {
				seen.Strangers[id.Name] = []object.ID{{Kind: "Secret", Namespace: id.Name, Name: "precious"}}
			}
		}
		if id.Kind == "CustomResourceDefinition" {
			seen.Defines[id] = schema.GroupKind{Group: "example.com", Kind: "Thing"}
			if c.IntN(3) == 0 {
				seen.Instances[id] = []object.ID{{Group: "example.com", Kind: "Thing", Namespace: "elsewhere", Name: "precious"}}
			}
		}
	}
	return seen
}

// run carries a plan out on paper: all of it, or until something happens.
func (c *chronicle) run(p *Plan) {
	entries := map[object.ID]inventory.Entry{}
	for _, e := range p.Inventory.Entries {
		entries[e.ID] = e
	}
	for _, a := range p.Actions { // the inventory is written ahead
		if !a.Op.Sends() {
			continue
		}
		e := inventory.Entry{ID: a.ID, Version: a.Version, Release: a.Release, Runlevel: a.Runlevel}
		if a.Op == Create || a.Op == Recreate {
			e.Created = true
			if a.Live != nil && a.Live.Terminating { // to delete it once more deletes nothing
				c.ours[a.Live.UID], c.made[a.Live.UID] = true, true
			}
		} else {
			e.UID, e.Created = a.Live.UID, a.Entry != nil && a.Entry.Created && a.Entry.UID == a.Live.UID
			c.ours[e.UID] = true
		}
		entries[a.ID] = e
	}
	end := len(p.Actions)
	if c.IntN(3) == 0 {
		end = c.IntN(end + 1)
	}
	for _, a := range p.Actions[:end] {
		if c.IntN(12) > 0 {
			c.carryOut(a, entries)
		}
	}
	c.inv = p.Inventory.Clone()
	c.inv.ResourceVersion, c.inv.Cluster = "1", p.Cluster
	c.inv.SetEntries(slices.Collect(maps.Values(entries)))
}

func (c *chronicle) carryOut(a Action, entries map[object.ID]inventory.Entry) {
	switch e := entries[a.ID]; {
	case a.Op == Prune:
		delete(c.live, a.ID)
		delete(entries, a.ID)
		c.deleted++
	case a.Op == Forget || a.Borrowed:
		delete(entries, a.ID)
	case a.Op.Sends():
		uid, fresh := e.UID, a.Op == Create || a.Op == Recreate
		if fresh {
			uid = c.uid()
			c.made[uid] = true
		}
		c.ours[uid] = true
		live := &Meta{UID: uid, Labels: a.Object.GetLabels(), Annotations: a.Object.GetAnnotations(), Managers: []metav1.ManagedFieldsEntry{ourFields(1)}}
		if !fresh {
			live.Owners, live.Annotations = a.Live.Owners, a.Live.Annotations
		}
		c.live[a.ID] = live
		e.UID, e.Hash = uid, a.Hash
		e.Ours, e.Others = Fingerprints(live.Managers)
		if c.IntN(20) > 0 { // a crash leaves what was announced
			entries[a.ID] = e
		}
	}
}

// TestOnlyWhatIsProvablyOursIsDeleted takes random sets through random pasts. Whatever a plan deletes, to prune it or to make it
// anew, has to be what a run of the set made or took over, as the chronicle knows and not as the inventory says.
func TestOnlyWhatIsProvablyOursIsDeleted(t *testing.T) {
	deleted, refused := 0, 0
	for seed := range uint64(histories) {
		c := newChronicle(seed)
		for range 8 {
			in := c.input()
			p, err := Make(in)
			if p == nil {
				t.Fatalf("with seed %d: %v", seed, err)
			}
			for _, a := range p.Actions {
				if a.Op == Prune || a.Op == Recreate {
					if why := c.wrong(in, a, err == nil); why != "" {
						t.Errorf("%s %s: %s", a.Op, a.ID, why)
					}
				}
			}
			if err == nil {
				if why := excessive(in, p); why != "" {
					t.Error(why)
				}
				c.run(p)
			} else {
				refused++
			}
			for _, o := range c.universe {
				if c.IntN(3) == 0 {
					c.meddle(o.ID())
				}
			}
			if t.Failed() {
				t.Fatalf("with seed %d", seed)
			}
		}
		deleted += c.deleted
	}
	if deleted < histories || refused < histories {
		t.Errorf("only %d deletions and %d refusals in %d pasts: the test proves nothing", deleted, refused, histories)
	}
}

// wrong says why an object must not be deleted; some of it only holds for a plan that was not refused.
func (c *chronicle) wrong(in Input, a Action, accepted bool) string {
	live := c.live[a.ID]
	entry, recorded := in.Inventory.Find(a.ID)
	switch {
	case live == nil:
		return "it does not exist"
	case !recorded:
		return "it is not in the inventory"
	case live.Labels[object.LabelPartOf] != testRef.SetID():
		return "it does not carry the label"
	case !c.ours[live.UID]:
		return "it is not the set's"
	case c.guarded(live):
		return "it is protected"
	case len(live.Owners) > 0:
		return "it belongs to a controller"
	case in.Selected != nil && !in.Selected(entry.Release, entry.Runlevel):
		return "it was not selected"
	case a.Op == Prune && in.Options.NoPrune:
		return "pruning is off"
	case a.Op == Prune && !in.Options.Destroy && slices.ContainsFunc(in.Desired, func(o object.Object) bool { return o.ID() == a.ID }):
		return "it is desired"
	case a.ID.Kind == "Namespace" && (!c.made[live.UID] || a.ID.Name == "default" || a.ID.Name == "kube-system"):
		return "the set did not make the namespace"
	case accepted:
		return refusable(in, a)
	}
	return ""
}

// refusable says what should have been asked for.
func refusable(in Input, a Action) string {
	approved := func(rule string) bool {
		return slices.ContainsFunc(in.Options.Approvals, func(x Approval) bool { return x.Rule == rule })
	}
	switch {
	case a.ID.Kind == "PersistentVolumeClaim" && !approved(RulePruneData):
		return "nobody agreed to the loss of data"
	case a.ID.Kind == "Namespace" && len(in.Observed.Strangers[a.ID.Name]) > 0 && !approved(RulePruneNamespace):
		return "others' objects are in it"
	case a.ID.Kind == "CustomResourceDefinition" && len(in.Observed.Instances[a.ID]) > 0 && !approved(RulePruneCRD):
		return "others' resources would go with it"
	case in.Options.Stale != "" && !in.Options.AllowOlder && !in.Options.Destroy:
		return "the checkout is older than what is applied"
	case in.Cluster.Name == "other" && in.Inventory.Cluster.Name == "prod":
		return "this is the wrong cluster"
	}
	return ""
}

// excessive says that a plan that was not refused deletes more than it may.
func excessive(in Input, p *Plan) string {
	prunes := p.Counts()[Prune]
	limit := max(10, len(in.Inventory.Entries)/2)
	if in.Options.MaxPrune != nil {
		limit = in.Options.MaxPrune.Count
	}
	switch {
	case in.Options.Destroy || prunes <= limit:
		return ""
	default:
		return fmt.Sprintf("%d deletions, the limit is %d", prunes, limit)
	}
}
