package diag

import "strings"

// Within reports whether a finding is about the field that another one is about, or about one below it.
func (f Finding) Within(other Finding) bool {
	if f.Object != other.Object {
		return false
	}
	rest, below := strings.CutPrefix(f.Path, other.Path)
	return below && (rest == "" || other.Path == "" || rest[0] == '.' || rest[0] == '[')
}
