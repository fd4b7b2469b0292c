package diag

import "strings"

// ShellWord is text as a word of a command that users copy into their shell: as it is where no shell makes something else of it, else
// in the quotes that most shells understand.
func ShellWord(s string) string {
	switch {
	case s != "" && !strings.ContainsAny(s, " \t\n|&;<>()[]{}$`\"'*?#~!"): // a backslash is Windows'
		return s
	case !strings.ContainsAny(s, "$`\"!\\"):
		return `"` + s + `"`
	default:
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
}
