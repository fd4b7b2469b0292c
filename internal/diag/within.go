package diag

import (
	"slices"
	"strings"
)

// Within reports whether a finding is about the field that another one is about, or about one below it.
func (f Finding) Within(other Finding) bool {
	if f.Object != other.Object {
		return false
	}
	rest, below := strings.CutPrefix(f.Path, other.Path)
	return below && (rest == "" || other.Path == "" || rest[0] == '.' || rest[0] == '[')
}

// Besides are the findings that are not about a field, or below one, that is known to be wrong: those would only say it again.
func (f Findings) Besides(known Findings) Findings {
	return slices.DeleteFunc(slices.Clone(f), func(x Finding) bool {
		return slices.ContainsFunc(known, func(k Finding) bool { return k.Severity == Error && x.Within(k) })
	})
}
