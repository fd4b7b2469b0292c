package plan

// RuleSource refuses to make a set from something else than it was made from: what is in the one and not in the other would be
// deleted.
const RuleSource = "other-source"

// source tells a set of a values repo from one of given manifests: what a values repo makes has a core.
func (m *maker) source() {
	inv := m.plan.Inventory
	was, is := inv.Versions, m.in.Versions
	// A rebuilt inventory knows of no versions, and one without entries of nothing to delete.
	if m.in.Options.Destroy || was.Plugin == "" || len(inv.Entries) == 0 || (was.CoreDigest == "") == (is.CoreDigest == "") {
		return
	}
	r := Refusal{
		Rule: RuleSource, Final: true, Message: "inventory " + m.in.Ref.String() + " is that of a values repo, whose objects would be deleted as being in none of these manifests",
		Hint: "give the manifests a set of their own with another --inventory",
	}
	if was.CoreDigest == "" {
		r.Message = "inventory " + m.in.Ref.String() + " is that of manifests given with -f or -k, which would be deleted as being in no release"
		r.Hint = "give the values repo another set (spec.inventory in otomi.yaml); to move objects over, run with --adopt inventory:" + m.in.Ref.String()
	}
	if m.in.Options.NoPrune {
		r.Message += " by the next run that prunes"
	}
	m.refuse(r)
}
