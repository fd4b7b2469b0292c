package main

import (
	"fmt"
	"strings"
)

// row is a line of a table of fields.
type row struct{ path, kind, value, meaning string }

// table writes rows, and leaves out the column of defaults where there is none.
func table(rows []row) string {
	var b strings.Builder
	defaults := false
	for _, r := range rows {
		defaults = defaults || r.value != ""
	}
	if defaults {
		b.WriteString("| field | type | default | meaning |\n|---|---|---|---|\n")
	} else {
		b.WriteString("| field | type | meaning |\n|---|---|---|\n")
	}
	for _, r := range rows {
		fmt.Fprintf(&b, "| `%s` | %s |", r.path, cell(r.kind))
		if defaults {
			fmt.Fprintf(&b, " %s |", code(r.value))
		}
		fmt.Fprintf(&b, " %s |\n", cell(r.meaning))
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}

// cell keeps a text inside of its cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(strings.Join(strings.Fields(text), " "))
}
