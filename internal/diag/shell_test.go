package diag

import (
	"os/exec"
	"testing"
)

// TestShellWord: a shell takes every word for the text that it was made of, and what needs no quotes has none.
func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"env/secrets.web-1.yaml": "env/secrets.web-1.yaml",
		"héé/@%+=:,":             "héé/@%+=:,",
		"":                       `""`,
		"my plat":                `"my plat"`,
		"it's":                   `"it's"`,
		"a;b|c&(d)<e>*?[f]{g,h}": `"a;b|c&(d)<e>*?[f]{g,h}"`,
		"~/a":                    `"~/a"`,
		"#a":                     `"#a"`,
		"$HOME's `id`":           `'$HOME'\''s ` + "`id`'",
		`a "b" c`:                `'a "b" c'`,
		"a\nb":                   "\"a\nb\"",
		`a b\`:                   `'a b\'`,
	} {
		got := ShellWord(text)
		if got != want {
			t.Errorf("ShellWord(%q) = %s, want %s", text, got, want)
		}
		if out, err := exec.Command("sh", "-c", `printf %s. `+got).Output(); err != nil || string(out) != text+"." {
			t.Errorf("ShellWord(%q) = %s, which a shell takes for %q, %v", text, got, out, err)
		}
	}
}
