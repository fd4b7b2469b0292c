package plan

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/util/json"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

func hook(t *testing.T, events, policies string, v int) object.Object {
	t.Helper()
	return parsed(t, fmt.Sprintf(
		"apiVersion: batch/v1\nkind: Job\nmetadata: {name: h, namespace: shop, annotations: {helm.sh/hook: %q, helm.sh/hook-weight: \"-5\", helm.sh/hook-delete-policy: %q}}\nspec: {v: %d}\n",
		events, policies, v))[0]
}

// TestHooks: in a cluster to which the ConfigMap and the hook were applied.
func TestHooks(t *testing.T) {
	id := object.ID{Group: "batch", Kind: "Job", Namespace: "shop", Name: "h"}
	before := func(events, policies string) *world {
		w := applied(append(parsed(t, configMap), hook(t, events, policies, 1))...)
		for i := range w.inv.Entries {
			if e := &w.inv.Entries[i]; e.ID == id {
				e.Hook, e.Task = true, inventory.TaskDone
			}
		}
		return w
	}
	owed := func(w *world) {
		for i := range w.inv.Entries {
			if w.inv.Entries[i].ID == id {
				w.inv.Entries[i].Task = inventory.TaskFailed
			}
		}
	}
	nothing := func(*world) {}
	changed := parsed(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {a: c}\n")[0]
	same := parsed(t, configMap)[0]
	for name, c := range map[string]struct {
		events, policies string
		config           object.Object
		version          int
		change           func(*world)
		want             Op
		phase            Phase
	}{
		"unchanged":                  {"pre-install,pre-upgrade", "", same, 1, nothing, Keep, ""},
		"changed itself":             {"pre-install,pre-upgrade", "", same, 2, nothing, Recreate, PreHook},
		"its release changed":        {"post-upgrade", "", changed, 1, nothing, Recreate, PostHook},
		"only at installs":           {"post-install", "", changed, 1, nothing, Keep, ""},
		"an install that failed":     {"post-install", "", same, 1, owed, Recreate, PostHook},
		"deleted when it had run":    {"pre-upgrade", "hook-succeeded", changed, 1, func(w *world) { delete(w.seen.Objects, id) }, Create, PreHook},
		"and nothing changed":        {"pre-upgrade", "hook-succeeded", same, 1, func(w *world) { delete(w.seen.Objects, id) }, Keep, ""},
		"drift is no change":         {"pre-upgrade", "", same, 1, func(w *world) { foreign("", `{"f:data":{}}`)(w, w.seen.Objects[same.ID()]) }, Keep, ""},
		"the first run":              {"pre-install", "", same, 1, func(w *world) { *w = *applied(); w.seen.Objects = nil }, Create, PreHook},
		"the first run, at upgrades": {"pre-upgrade", "", same, 1, func(w *world) { *w = *applied(); w.seen.Objects = nil }, Keep, ""},
		"paused":                     {"pre-upgrade", "", changed, 1, func(w *world) { w.seen.Objects[id].Annotations = map[string]string{PausedKey: "x"} }, Keep, ""},
		"only when it is deleted":    {"pre-delete", "", changed, 1, nothing, Keep, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := before(c.events, c.policies)
			c.change(w)
			p, err := Make(w.input(c.config, hook(t, c.events, c.policies, c.version)))
			if err != nil {
				t.Fatal(err)
			}
			a := one(t, p, "Job/shop/h")
			if a.Op != c.want || a.Hook.Phase != c.phase || a.Hook.Weight != -5 {
				t.Errorf("Make plans %s in phase %q (%s), want %s in %q", a.Op, a.Hook.Phase, a.Reason, c.want, c.phase)
			}
			if risky := p.Risky(); len(risky) > 0 {
				t.Errorf("Make asks about %v", risky)
			}
		})
	}
	t.Run("of tests and rollbacks", func(t *testing.T) {
		p, err := Make(applied().input(hook(t, "post-rollback,test", "", 1)))
		if err != nil || len(p.Actions) > 0 {
			t.Errorf("Make = %v, %v, want nothing", p.Actions, err)
		}
	})
}

// TestDeleteHooks: the hook is no object of the cluster; the inventory has it.
func TestDeleteHooks(t *testing.T) {
	world := func() *world {
		w := applied(parsed(t, configMap)...)
		h := hook(t, "post-delete", "", 1)
		manifest, err := json.Marshal(h.Object)
		if err != nil {
			t.Fatal(err)
		}
		w.inv.SetEntries(append(w.inv.Entries, inventory.Entry{ID: h.ID(), Version: "v1", Release: "web", Runlevel: "20", Hook: true, Task: inventory.TaskDone, Manifest: string(manifest)}))
		return w
	}
	t.Run("destroy", func(t *testing.T) {
		in := world().input()
		in.Options.Destroy = true
		p, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		if a := one(t, p, "Job/shop/h"); a.Op != Create || a.Hook.Phase != PostDeleteHook || !a.Hook.After(true) || a.Object.GetName() != "h" {
			t.Errorf("Make plans %+v, want the hook made", a)
		}
	})
	t.Run("the release goes", func(t *testing.T) {
		other := parsed(t, deployment)[0]
		other.Release = "other"
		p, err := Make(world().input(other))
		if a := one(t, p, "Job/shop/h"); err != nil || a.Op != Create {
			t.Errorf("Make plans %s, %v, want the hook made", a.Op, err)
		}
	})
	t.Run("the hook alone goes", func(t *testing.T) {
		p, err := Make(world().input(parsed(t, configMap)...))
		if a := one(t, p, "Job/shop/h"); err != nil || a.Op != Forget {
			t.Errorf("Make plans %s, %v, want it forgotten", a.Op, err)
		}
	})
	t.Run("another release is selected", func(t *testing.T) {
		in := world().input()
		in.Options.Destroy, in.Selected = true, func(release, _ string) bool { return release == "other" }
		p, err := Make(in)
		if err != nil || len(p.Actions) > 0 {
			t.Errorf("Make plans %v, %v, want nothing", p.Actions, err)
		}
	})
}

// TestHooksThatRunTwice: one for before and after runs at each, and at the end of its release only after, once that has begun.
func TestHooksThatRunTwice(t *testing.T) {
	both := hook(t, "pre-install,post-install,pre-delete,post-delete", "hook-succeeded", 1)
	p, err := Make(applied().input(parsed(t, configMap)[0], both))
	if a := one(t, p, "Job/shop/h"); err != nil || a.Hook.Phase != PreHook || a.Hook.Again != PostHook || a.Hook.Repeats() {
		t.Errorf("Make plans an install with %+v, %v, want it to run before and after", a.Hook, err)
	} else if again := a.Repeated(); again.Hook.Phase != PostHook || again.Hook.Again != "" || !again.Hook.Repeats() || a.Hook.Phase != PreHook {
		t.Errorf("the second time is %+v, want after", again.Hook)
	}
	manifest, err := json.Marshal(both.Object)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		task     inventory.Task
		rest     []object.Object
		phase    Phase
		andAgain Phase
	}{
		"at first":              {inventory.TaskDone, parsed(t, configMap), PreDeleteHook, PostDeleteHook},
		"failed before":         {inventory.TaskFailed, parsed(t, configMap), PreDeleteHook, PostDeleteHook},
		"failed before nothing": {inventory.TaskFailed, nil, PreDeleteHook, PostDeleteHook},
		"of nothing":            {inventory.TaskDone, nil, PreDeleteHook, PostDeleteHook},
		"killed before":         {"", parsed(t, configMap), PreDeleteHook, PostDeleteHook},
		"killed after":          {"", nil, PostDeleteHook, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(append(c.rest, parsed(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")...)...)
			w.inv.SetEntries(append(w.inv.Entries, inventory.Entry{ID: both.ID(), Version: "v1", Release: "web", Runlevel: "20", Hook: true, Task: c.task, Manifest: string(manifest)}))
			in := w.input()
			in.Options.Destroy = true
			p, err := Make(in)
			if a := one(t, p, "Job/shop/h"); err != nil || a.Hook == nil || a.Hook.Phase != c.phase || a.Hook.Again != c.andAgain {
				t.Errorf("Make plans %s with %+v, %v, want %s and %q", a.Op, a.Hook, err, c.phase, c.andAgain)
			}
		})
	}
}

// TestRemake: what the first time left is replaced as it would be at the next run.
func TestRemake(t *testing.T) {
	left := &Meta{UID: "left"}
	guarded := &Meta{UID: "left", Annotations: map[string]string{ProtectKey: "true"}}
	secret := "apiVersion: v1\nkind: Secret\nmetadata: {name: h, namespace: shop, annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: %q}}\n"
	for name, c := range map[string]struct {
		o    object.Object
		live *Meta
		want Op
	}{
		"deleted":             {hook(t, "pre-install", "", 1), nil, Create},
		"a Job":               {hook(t, "pre-install", "hook-failed", 1), left, Recreate},
		"a Secret":            {parsed(t, fmt.Sprintf(secret, ""))[0], left, Recreate},
		"a Secret that stays": {parsed(t, fmt.Sprintf(secret, "hook-failed"))[0], left, Update},
		"protected":           {hook(t, "pre-install", "", 1), guarded, Update},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Make(applied().input(c.o))
			a := one(t, p, c.o.ID().String())
			if a.Remake(c.live); err != nil || a.Op != c.want || a.Live != c.live {
				t.Errorf("Remake decides on %s with %v, %v, want %s", a.Op, a.Live, err, c.want)
			}
		})
	}
}

// TestHooksThatHoldData: a chart's delete policy is no reason to lose what an object holds.
func TestHooksThatHoldData(t *testing.T) {
	const annotations = "annotations: {helm.sh/hook: \"pre-install,pre-upgrade\"%s}"
	pvc := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: h, namespace: shop, %s}\n"
	for name, c := range map[string]struct {
		manifest, policy string
		live             map[string]string
		want             Op
		warned           bool
	}{
		"a Namespace":            {"apiVersion: v1\nkind: Namespace\nmetadata: {name: h, %s}\n", "", nil, Update, false},
		"a definition":           {"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: h, %s}\n", "", nil, Update, false},
		"a claim":                {pvc, "", nil, Update, false},
		"a claim, with a policy": {pvc, ", helm.sh/hook-delete-policy: before-hook-creation", nil, Update, true},
		"a protected Secret":     {"apiVersion: v1\nkind: Secret\nmetadata: {name: h, namespace: shop, %s}\n", "", map[string]string{ProtectKey: "true"}, Update, false},
		"a Secret":               {"apiVersion: v1\nkind: Secret\nmetadata: {name: h, namespace: shop, %s}\n", "", nil, Recreate, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := parsed(t, fmt.Sprintf(c.manifest, fmt.Sprintf(annotations, c.policy)))[0]
			w := applied(append(parsed(t, configMap), h)...)
			for i := range w.inv.Entries {
				if e := &w.inv.Entries[i]; e.ID == h.ID() {
					e.Hook, e.Task = true, inventory.TaskDone
				}
			}
			w.seen.Objects[h.ID()].Annotations = c.live
			changed := parsed(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {a: c}\n")[0]
			p, err := Make(w.input(changed, h))
			if err != nil {
				t.Fatal(err)
			}
			a := one(t, p, h.ID().String())
			if a.Op != c.want || a.Hook.Phase != PreHook || (a.Spared(a.Live) == "") != (c.want == Recreate) {
				t.Errorf("Make plans %s (%s), want %s", a.Op, a.Reason, c.want)
			}
			if warned := len(p.Findings) == 1 && p.Findings[0].Rule == "hook-not-deleted"; warned != c.warned {
				t.Errorf("findings = %v", p.Findings)
			}
		})
	}
}

// TestDeleteHooksThatAreOwed: the release is gone, but not the hook that has to run after it.
func TestDeleteHooksThatAreOwed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*inventory.Entry, *Input)
		want   Op
	}{
		"failed":                 {func(*inventory.Entry, *Input) {}, Create},
		"nothing is owed":        {func(e *inventory.Entry, _ *Input) { e.Task = inventory.TaskDone }, Forget},
		"pruning is off":         {func(_ *inventory.Entry, in *Input) { in.Options.NoPrune = true }, Keep},
		"another one is narrow":  {func(_ *inventory.Entry, in *Input) { in.Selected = func(r, _ string) bool { return r != "other" } }, Create},
		"destroyed all the same": {func(_ *inventory.Entry, in *Input) { in.Options.Destroy = true }, Create},
		"its namespace is gone":  {func(_ *inventory.Entry, in *Input) { in.Observed.Namespaces = map[string]bool{"other": true} }, Forget},
		"its namespace is going": {func(_ *inventory.Entry, in *Input) {
			in.Observed.Objects[object.ID{Kind: "Namespace", Name: "shop"}] = &Meta{UID: "going", Terminating: true}
		}, Forget},
	} {
		t.Run(name, func(t *testing.T) {
			other := parsed(t, deployment)[0]
			other.Release = "other"
			w := applied(other)
			h := hook(t, "post-delete", "hook-failed", 1)
			manifest, err := json.Marshal(h.Object)
			if err != nil {
				t.Fatal(err)
			}
			e := inventory.Entry{ID: h.ID(), Version: "v1", Release: "web", Runlevel: "20", UID: "failed", Hook: true, Manifest: string(manifest)}
			in := w.input(other)
			c.change(&e, &in)
			w.inv.SetEntries(append(w.inv.Entries, e))
			p, err := Make(in)
			if a := one(t, p, "Job/shop/h"); err != nil || a.Op != c.want {
				t.Errorf("Make plans %s (%s), %v, want %s", a.Op, a.Reason, err, c.want)
			}
		})
	}
}

// TestHooksOfAHelmRelease: what a hook of it left is taken over with it, and replaced when the hook runs next.
func TestHooksOfAHelmRelease(t *testing.T) {
	h := hook(t, "post-upgrade", "", 1)
	config := parsed(t, configMap)[0]
	w := applied()
	w.seen.Objects[config.ID()] = &Meta{Annotations: map[string]string{"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}}
	w.seen.Objects[h.ID()] = &Meta{UID: "left", Annotations: map[string]string{HookKey: "post-upgrade"}}
	in := w.input(config, h)
	var err error
	if in.Options.Adopt, err = ParseAdopt([]string{"helm:shop/web"}); err != nil {
		t.Fatal(err)
	}
	p, err := Make(in)
	if a := one(t, p, "Job/shop/h"); err != nil || a.Op != Keep || a.From.Name != "shop/web" {
		t.Errorf("Make plans %s from %v, %v, want it taken over as it is", a.Op, a.From, err)
	}
}
