package plan

import (
	"fmt"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// AdoptedByKey is the annotation on a former owner's records that names the inventory which took objects over.
const AdoptedByKey = "otomi.io/adopted-by"

// Former is somebody who keeps records of objects that it has, or had.
type Former struct {
	Owner   Owner
	Records []Record
	Objects []object.ID // that the records name and that exist, whoever has them now
}

// Record is an object in which a former owner writes down what it has, such as the Secret of a revision of a Helm release.
type Record struct {
	ID      object.ID
	Version string
	Live    *Meta
	Last    bool // it goes when the others are gone: from it alone the rest can be found again
}

// finish deletes what former owners keep of objects that the set took over. Each of them has to be left with nothing: what only
// its record knows would belong to nobody.
func (m *maker) finish() {
	if !m.in.Options.AdoptFinish {
		return
	}
	ours := m.ours()
	taken := slices.DeleteFunc(slices.Clone(m.in.Observed.Formers), func(f Former) bool { return !m.tookFrom(f) })
	if len(taken) == 0 {
		m.plan.Findings = append(m.plan.Findings, diag.Infof("nothing-to-finish", diag.Position{},
			"no record of a Helm release, a kapp app or a kpt inventory says that %s took over its objects", m.in.Ref))
	}
	for _, f := range taken {
		left := slices.DeleteFunc(slices.Clone(f.Objects), func(id object.ID) bool { return ours[id] || m.approvedFor(RuleFinish, id) })
		if len(left) > 0 {
			slices.SortFunc(left, object.ID.Compare)
			m.refuse(Refusal{
				Rule: RuleFinish, Objects: left, Message: fmt.Sprintf("%s has objects that are not this set's: %s", f.Owner, list(left)),
				Hint: fmt.Sprintf("bring them into the set and adopt them with %s, delete them, or keep the records: leave --adopt-finish out", f.Owner.flag()),
			})
			continue
		}
		for _, record := range f.Records {
			m.plan.Actions = append(m.plan.Actions, Action{
				Op: Prune, ID: record.ID, Version: record.Version, Live: record.Live, Record: &record, Reason: "record of " + f.Owner.String() + ", all of which is ours",
			})
		}
	}
}

// tookFrom reports that a run of this set took objects over from a former owner, or this one will.
func (m *maker) tookFrom(f Former) bool {
	marked := slices.ContainsFunc(f.Records, func(r Record) bool { return r.Live.Annotations[AdoptedByKey] == m.in.Ref.String() })
	return marked || slices.ContainsFunc(m.plan.Actions, func(a Action) bool { return a.Op == Adopt && a.From == f.Owner })
}

// ours is what the set has when the plan is carried out, and what it deletes.
func (m *maker) ours() map[object.ID]bool {
	ours := map[object.ID]bool{}
	for _, e := range m.plan.Inventory.Entries {
		live := m.in.Observed.Objects[e.ID]
		ours[e.ID] = live != nil && live.Labels[object.LabelPartOf] == m.setID
	}
	for _, a := range m.plan.Actions {
		ours[a.ID] = !a.Borrowed && a.Op != Forget
	}
	return ours
}
