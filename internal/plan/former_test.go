package plan

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// released is a Helm release with a record that names an object.
func released(mark string, objects ...object.ID) Former {
	record := Record{
		ID: object.ID{Kind: "Secret", Namespace: "shop", Name: "sh.helm.release.v1.web.v1"}, Version: "v1", Last: true,
		Live: &Meta{UID: "r", Annotations: map[string]string{AdoptedByKey: mark}},
	}
	return Former{Owner: Owner{Tool: "helm", Name: "shop/web"}, Records: []Record{record}, Objects: objects}
}

func TestFinish(t *testing.T) {
	ours, other := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}, object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "other"}
	helms := &Meta{UID: "x", Annotations: map[string]string{"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}}
	mark := applied().input().Ref.String()
	for _, c := range []struct {
		name    string
		former  Former
		change  func(*Input)
		deletes bool
		refuses string // an object that the refusal names
	}{
		{name: "all of it is ours", former: released(mark, ours), deletes: true},
		{name: "nothing of it is left", former: released(mark), deletes: true},
		{name: "not asked for", former: released(mark, ours), change: func(in *Input) { in.Options.AdoptFinish = false }},
		{name: "we took nothing from it", former: released("", ours)},
		{name: "another set took it", former: released("otomi-system/another", ours)},
		{name: "something else is left", former: released(mark, ours, other), refuses: other.String()},
		{name: "what is ours was made anew by others", former: released(mark, ours), refuses: ours.String(), change: func(in *Input) {
			in.Desired, in.Options.MaxPrune = nil, &Budget{Count: 9}
			in.Observed.Objects[ours] = &Meta{UID: "new"}
		}},
		{name: "it is approved", former: released(mark, ours, other), deletes: true, change: func(in *Input) {
			in.Options.Approvals = []Approval{{Rule: RuleFinish, Objects: []string{"ConfigMap/shop/other"}}}
		}},
		{name: "this run takes it", former: released("", ours), deletes: true, change: func(in *Input) {
			in.Inventory.SetEntries(nil)
			in.Observed.Objects[ours] = helms
			in.Options.Adopt.Owners = []Owner{{Tool: "helm"}}
		}},
		{name: "only in the part that is left out", former: released(mark, ours), deletes: true, change: func(in *Input) {
			in.Selected = func(string, string) bool { return false }
		}},
		{name: "deletions are limited", former: released(mark, ours), deletes: true, change: func(in *Input) { in.Options.MaxPrune = &Budget{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := applied(parsed(t, configMap)...).input(parsed(t, configMap)...)
			in.Options.AdoptFinish, in.Observed.Formers = true, []Former{c.former}
			if c.change != nil {
				c.change(&in)
			}
			p, err := Make(in)
			switch {
			case c.refuses == "" && err != nil:
				t.Fatalf("Make = %v", err)
			case c.refuses != "" && (!errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "Helm release shop/web has objects that are not this set's: "+c.refuses+" (")):
				t.Fatalf("Make = %v, want a refusal that names %s", err, c.refuses)
			}
			deletes := false
			for _, a := range p.Risky() {
				deletes = deletes || a.Op == Prune && a.Record != nil && a.ID == c.former.Records[0].ID && a.Live.UID == "r"
			}
			nothing := slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Rule == "nothing-to-finish" })
			if idle := in.Options.AdoptFinish && !c.deletes && c.refuses == ""; nothing != idle {
				t.Errorf("there is nothing to finish: %v, want %v", nothing, idle)
			}
			if deletes != c.deletes {
				t.Errorf("the record is deleted: %v, want %v", deletes, c.deletes)
			}
		})
	}
}

// TestAdoptByName: kapp and kpt mark objects with a number, people know a name.
func TestAdoptByName(t *testing.T) {
	id := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "c"}
	for value, want := range map[string]bool{
		"kapp:web": true, "kapp:shop/web": true, "kapp:17": true, "kapp:18": false, "kapp:shop": false, "kpt:web": false, "kapp:api,web": true,
	} {
		in := applied().input(parsed(t, configMap)...)
		in.Observed.Objects[id] = &Meta{UID: "x", Labels: map[string]string{"kapp.k14s.io/app": "17"}}
		in.Observed.Names = map[Owner]string{{Tool: "kapp", Name: "17"}: "shop/web"}
		var err error
		if in.Options.Adopt, err = ParseAdopt([]string{value}); err != nil {
			t.Fatal(err)
		}
		_, err = Make(in)
		if (err == nil) != want {
			t.Errorf("--adopt %s = %v", value, err)
		}
		if err != nil && !strings.Contains(err.Error(), "kapp app shop/web (--adopt kapp:web)") {
			t.Errorf("--adopt %s = %v, want the app's name", value, err)
		}
	}
}
