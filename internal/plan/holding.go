package plan

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// Unseen is the name, among strangers, of what stands for all objects of a kind that nobody could look at: no object has it. With the
// kind of that name it stands for all kinds of an API group.
const Unseen = "*"

// RightsPage lists the rights that it takes.
const RightsPage = "https://github.com/otomi/kubectl-otomi/blob/main/docs/rbac.md"

// Holding says what a namespace holds besides what is the set's, and what it may hold.
func Holding(strangers []object.ID) string {
	var seen []object.ID
	var kinds, groups []string
	for _, id := range strangers {
		switch {
		case id.Name != Unseen:
			seen = append(seen, id)
		case id.Kind == Unseen:
			groups = append(groups, id.Group)
		default:
			kind, _, _ := strings.Cut(id.String(), "/")
			kinds = append(kinds, kind)
		}
	}
	var unseen []string
	if len(kinds) > 0 {
		unseen = append(unseen, "you lack the right to list these kinds in it: "+few(kinds))
	}
	if len(groups) > 0 {
		unseen = append(unseen, "these API groups do not answer: "+few(groups))
	}
	switch why := strings.Join(unseen, "; "); {
	case why == "":
		return "holds what is not this set's: " + list(seen)
	case len(seen) == 0:
		return "may hold what is not this set's, nobody knows: " + why
	default:
		return "holds what is not this set's: " + list(seen) + "; it may hold more, nobody knows: " + why
	}
}

// unlisted reports whether rights would tell what a namespace holds.
func unlisted(strangers []object.ID) bool {
	return slices.ContainsFunc(strangers, func(id object.ID) bool { return id.Name == Unseen && id.Kind != Unseen })
}
