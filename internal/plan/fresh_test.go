package plan

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

func TestReplaced(t *testing.T) {
	objects := parsed(t, "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: shop}, data: {p: Zg==}}\n")
	known, lost := applied(objects...), applied(objects...)
	lost.inv = nil
	fresh := Fresh{Release: "web", Function: "randAlpha"}
	instead := Fresh{Release: "web", Function: "randAlpha", Instead: "because"}
	for _, c := range []struct {
		name     string
		world    *world
		fresh    []Fresh
		want     int
		warnings int
	}{
		{"none", known, nil, 0, 0},
		{"the first of its kind", known, []Fresh{fresh}, 0, 0},
		{"in the place of another", known, []Fresh{instead, instead}, 2, 1},
		{"the inventory is lost", lost, []Fresh{fresh}, 1, 1},
		{"of another release", lost, []Fresh{{Release: "other", Function: "now"}}, 0, 0},
		{"nothing is there", &world{seen: Observed{ServerUID: server}}, []Fresh{fresh}, 0, 0},
	} {
		in := c.world.input(objects...)
		in.Fresh = c.fresh
		p, err := Make(in)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		warnings := 0
		for _, f := range p.Findings {
			if f.Rule == "new-random-value" {
				warnings++
			}
		}
		if len(p.Replaced) != c.want || warnings != c.warnings {
			t.Errorf("%s: Replaced = %v with %d warnings, want %d and %d", c.name, p.Replaced, warnings, c.want, c.warnings)
		}
	}
}

func TestMemoryOfPlan(t *testing.T) {
	w := applied()
	w.inv.Memory = inventory.Memory{Salt: []byte("s"), Values: []inventory.Remembered{{Value: "x"}}}
	in := w.input(parsed(t, "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: shop}}\n")...)
	if p, err := Make(in); err != nil || !p.Memory.Equal(w.inv.Memory) {
		t.Errorf("a plan that was told nothing remembers %v, %v; want what the inventory does", p.Memory, err)
	}
	in.Memory = &inventory.Memory{}
	if p, err := Make(in); err != nil || !p.Memory.Equal(inventory.Memory{}) {
		t.Errorf("a plan that was told to forget remembers %v, %v", p.Memory, err)
	}
}
