package diag_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// excerptOf is what is printed below the finding's own line.
func excerptOf(t *testing.T, text string, at diag.Position) string {
	t.Helper()
	at.File = "a.yaml"
	var b strings.Builder
	p := diag.Text{Source: func(string) []byte { return []byte(text) }}
	if err := p.Print(&b, diag.Findings{diag.Errorf("x", at, "wrong")}); err != nil {
		t.Fatal(err)
	}
	_, below, _ := strings.Cut(b.String(), "\n")
	return below
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("0123456789", 100)
	for name, c := range map[string]struct {
		text      string
		line, col int
		want      string
	}{
		"tabs":             {"a:\n\t\tb: x\n", 2, 6, "    2 |   b: x\n      |      ^\n"},
		"CRLF":             {"a: 1\r\nb: x\r\n", 2, 4, "    2 | b: x\n      |    ^\n"},
		"CRLF, at the end": {"a: 1\r\nb: x\r\n", 2, 5, "    2 | b: x\n      |     ^\n"},
		"two bytes":        {"größe: x\n", 1, 8, "    1 | größe: x\n      |        ^\n"},
		"wide":             {"名前: x\n", 1, 5, "    1 | 名前: x\n      |       ^\n"},
		"emoji":            {"🚀: x\n", 1, 4, "    1 | 🚀: x\n      |     ^\n"},
		"accent":           {"cafe\u0301: x\n", 1, 8, "    1 | cafe\u0301: x\n      |       ^\n"},
		"escape":           {"a: \x1b[2Jx\n", 1, 8, "    1 | a: \\x1b[2Jx\n      |           ^\n"},
		"no text":          {"a: \xff\xfex\n", 1, 6, "    1 | a: \\xff\\xfex\n      |            ^\n"},
		"BOM":              {"\ufeffa: x\n", 1, 4, "    1 | a: x\n      |    ^\n"},
		"last line":        {"a: x", 1, 4, "    1 | a: x\n      |    ^\n"},
		"behind the line":  {"a: x\n", 1, 99, "    1 | a: x\n"},
		"no column":        {"a: x\n", 1, 0, "    1 | a: x\n"},
		"no line":          {"a: x\n", 0, 0, ""},
		"behind the file":  {"a: x\n", 9, 1, ""},
		"vanished":         {"", 1, 1, ""},
		"long, at 1":       {long, 1, 1, "    1 | " + long[:160] + "…\n      | ^\n"},
		"long, at 500":     {long, 1, 501, "    1 | …" + long[420:580] + "…\n      |  " + strings.Repeat(" ", 80) + "^\n"},
		"long, at 1000":    {long, 1, 1000, "    1 | …" + long[919:] + "\n      |  " + strings.Repeat(" ", 80) + "^\n"},
		"long and wide": {
			strings.Repeat("名", 200), 1, 101,
			"    1 | …" + strings.Repeat("名", 80) + "…\n      |  " + strings.Repeat(" ", 80) + "^\n",
		},
	} {
		got := excerptOf(t, c.text, diag.Position{Line: c.line, Col: c.col})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"größe 名前 🚀 \tx\ny": "größe 名前 🚀 \tx\ny", "\x1b]0;x\a": `\x1b]0;x\x07`, "a\rb": `a\x0db`, "\u009b2J": `\x9b2J`, "\x7f": `\x7f`,
		"user\u202etxt": `user\u202etxt`, "a\u2028b": `a\u2028b`, "\xc3(": `\xc3(`, "\ufffd": "\ufffd",
	} {
		if got := diag.Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestControlCharacters: whatever a value, a key or a file name holds, the terminal shows it and does not obey it.
func TestControlCharacters(t *testing.T) {
	const evil = "\x1b[2J\x1b]52;c;eA==\a\r"
	f := diag.Errorf("x", diag.Position{File: evil, Line: 1, Col: 1}, "have %s", evil).WithPath(evil).WithHint("%s", evil).WithNote(diag.Position{File: evil}, "%s", evil)
	f.Object = evil
	var b strings.Builder
	if err := (diag.Text{Source: func(string) []byte { return []byte(evil) }}).Print(&b, diag.Findings{f}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\a\r") {
		t.Errorf("Print = %q", b.String())
	}
	// A value with line feeds makes no line that looks like a finding.
	b.Reset()
	if err := (diag.Text{}).Print(&b, diag.Findings{diag.Errorf("x", diag.Position{}, "have %s", "a\nb.yaml:1:1: error: made up\n")}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "error: have a\n    b.yaml:1:1: error: made up [x]\n"; got != want {
		t.Errorf("Print = %q, want %q", got, want)
	}
}
