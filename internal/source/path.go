package source

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Path shows a path of keys and indices as people write it: teams.blue.services[0].name. ParsePath reads it. ParsePath reads it.
func Path(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		switch _, err := strconv.Atoi(p); {
		case err == nil:
			fmt.Fprintf(&b, "[%s]", p)
		case p == "", strings.ContainsAny(p, ".[]/ "), strings.ContainsFunc(p, unicode.IsControl):
			fmt.Fprintf(&b, "[%q]", p)
		case b.Len() > 0:
			b.WriteString("." + p)
		default:
			b.WriteString(p)
		}
	}
	return b.String()
}
