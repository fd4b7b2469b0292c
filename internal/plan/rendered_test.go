package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestRendered: what is stored of a run is what it desired, what it left alone as it was before, and not what it prunes.
func TestRendered(t *testing.T) {
	ref := inventory.Ref{Namespace: "otomi-system", Name: "acme"}
	id := func(name string) object.ID { return object.ID{Kind: "ConfigMap", Namespace: "n", Name: name} }
	var desired []object.Object
	for _, name := range []string{"mine", "moved", "theirs"} {
		objects, findings := object.Parse("x.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+name+", namespace: n}\n"))
		if err := findings.Err(); err != nil {
			t.Fatal(err)
		}
		objects[0].Release = map[string]string{"mine": "a", "moved": "b", "theirs": "b"}[name]
		desired = append(desired, objects...)
	}
	inv := inventory.New(ref, inventory.Cluster{})
	entries := []inventory.Entry{
		{ID: id("gone"), Release: "a", UID: "1"},
		{ID: id("moved"), Release: "a", UID: "2"},
		{ID: id("theirs"), Release: "b", UID: "3"},
		{ID: id("unknown"), Release: "b", UID: "4"},
	}
	inv.SetEntries(entries)
	last := []inventory.Item{
		{ID: id("gone"), Release: "a", Digest: "d1"},
		{ID: id("moved"), Release: "a", Digest: "d2"},
		{ID: id("theirs"), Release: "b", Digest: "d3"},
		{Release: "b", Digest: "memory"},
	}
	live := func(uid types.UID) *Meta {
		return &Meta{UID: uid, Labels: map[string]string{object.LabelPartOf: ref.SetID()}}
	}
	p, err := Make(Input{
		Ref: ref, Inventory: inv, Desired: desired, Selected: func(release, _ string) bool { return release == "a" },
		Observed: Observed{Objects: map[object.ID]*Meta{id("gone"): live("1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range p.Rendered(inv.Entries, last).Objects {
		got[o.Name] = o.Digest
		if o.Name == "mine" {
			if digest, err := inventory.Hash(o.Object); err != nil || digest != o.Digest || digest != p.Actions[0].Hash {
				t.Errorf("mine has digest %s, its content %s, %v; what is sent has %s", o.Digest, digest, err, p.Actions[0].Hash)
			}
			got[o.Name] = "as desired"
		}
	}
	want := map[string]string{"mine": "as desired", "moved": "d2", "theirs": "d3", "unknown": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Rendered differs (-want +got):\n%s", diff)
	}
}
