package source_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// said is all findings with their notes, a line each.
func said(findings diag.Findings) string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, f.String())
		for _, n := range f.Notes {
			lines = append(lines, "  "+n.At.String()+": "+n.Message)
		}
	}
	return strings.Join(lines, "\n")
}

func TestBadSyntax(t *testing.T) {
	const (
		noKey = "this is no key of the map that it stands in (align it with the map's other keys; text that goes on after a closing quote or bracket belongs in quotes as a whole)"
		tab   = "a tab indents this line (indent with spaces; YAML allows no tabs there)"
		noMap = `a map cannot begin here (put text that holds ": " in quotes, or mend the indentation)`
		quote = `the quoted text that begins here is not closed (in single quotes write '' for a quote, in double quotes \")`
	)
	for _, c := range []struct{ name, text, want string }{
		{"a bracket alone", "a: }\n", `x.yaml:1:4: a value is missing here (an empty one is "", [] or {}; put text that begins with this character in quotes)`},
		{"a tab before a key", "a: 1\n\tb: 2\n", "x.yaml:2:1: " + tab},
		{"a tab in a new map", "a:\n\tb: 2\n", "x.yaml:2:1: " + tab},
		{"a tab after spaces", "a:\n  b: 1\n  \tc: 2\n", "x.yaml:3:3: " + tab},
		{"a tab in a block of text", "a: |\n\tx\n", "x.yaml:2:1: " + tab},
		{"a key out of line", "a:\n  b: 1\n c: 2\n", "x.yaml:3:2: " + noKey + "\n  x.yaml:1:1: the map begins here"},
		{"text after a quote", "a: \"x\" y\n", "x.yaml:1:8: " + noKey + "\n  x.yaml:1:1: the map begins here"},
		{"an open list", "a: [1\nb: 2\n", "x.yaml:2:2: the list in brackets is not closed: \",\" or \"]\" is missing here\n  x.yaml:1:4: the list begins here"},
		{"an open list at the end", "a: [1, 2\n", `x.yaml:1:4: the list in brackets is not closed: "," or "]" is missing here`},
		{"an open map", "a: {b: 1\nc: 2\n", "x.yaml:2:2: the map in braces is not closed: \",\" or \"}\" is missing here (a template such as {{ … }} belongs in quotes)\n  x.yaml:1:4: the map begins here"},
		{"two colons", "ä: ö: ü\n", "x.yaml:1:5: " + noMap},
		{"a map below text", "x: 1\na: b\n  c: d\n", "x.yaml:3:4: " + noMap},
		{"a list behind a key", "a: - b\n", `x.yaml:1:4: a list cannot begin here (put text that begins with "- " in quotes; a list goes on the lines below its key)`},
		{"a question mark", "a: ? b\n", `x.yaml:1:4: "? " begins a key, and none can stand here (put the text in quotes)`},
		{"no colon", "x: 1\nfoo\nb: 2\n", `x.yaml:2:1: this line has no ": " behind its key (write KEY: VALUE with a space after the colon; text of several lines stands below "KEY: |", indented)`},
		{"a key in a list", "a:\n  - b\n  c: 1\n", "x.yaml:3:3: this is no item of the list that it stands in (align it with the list's other items; each begins with \"- \")\n  x.yaml:2:3: the list begins here"},
		{"text after the value", "{a: 1} b\n", "x.yaml:1:8: the value of the file ends before this (align it with the lines above it; a file holds one map)"},
		{"an at sign", "a: @x\n", "x.yaml:1:4: a value cannot begin with @ (put it in quotes)"},
		{"a percent sign", "a: 1\n%b: 2\n", `x.yaml:2:1: a line that begins with "%" is a directive, and this is none that YAML knows (put the text in quotes)`},
		{"an asterisk", "a: *.example.com\n", `x.yaml:1:5: "*" begins an alias, which needs a name (put the text in quotes)`},
		{"an ampersand", "a: & b\n", `x.yaml:1:5: "&" begins an anchor, which needs a name (put the text in quotes)`},
		{"an unknown alias", "b: 1\na: [x, *foo]\n", "x.yaml:2:8: the alias *foo names no anchor above it (write &NAME before the value that it stands for; put text that begins with * in quotes)"},
		{"an exclamation mark", "a: !<b\n", `x.yaml:1:7: "!" begins a tag, and this is none (put the text in quotes)`},
		{"an unknown tag prefix", "a: !e!foo 1\n", `x.yaml:1:4: "!" begins a tag, and this one's prefix is not declared (put the text in quotes)`},
		{"an open double quote", "a: \"abc\nb: 2\n", "x.yaml:1:4: " + quote},
		{"an open single quote", "a: 'abc\nb: 2\n---\n", "x.yaml:1:4: " + quote},
		{"no escape", `a: "\d"`, `x.yaml:1:5: in double quotes a backslash begins an escape, and this is none (write \\ for a backslash, or use single quotes)`},
		{"a bad escape", `a: "\xzz"`, `x.yaml:1:7: the escape is no character (write \xNN, \uNNNN or \UNNNNNNNN with hexadecimal digits, \\ for a backslash)`},
		{"text behind a bar", "a: | text\n", "x.yaml:1:6: only an indentation from 1 to 9, + or - can follow | or > in its line (put the text on the lines below, indented)"},
		{"after a byte order mark", "\ufeffa: }\r\n", `x.yaml:1:4: a value is missing here (an empty one is "", [] or {}; put text that begins with this character in quotes)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, findings := source.Parse("x.yaml", []byte(c.text))
			if diff := cmp.Diff(c.want, said(findings)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

func TestBadValues(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"duplicate key", "a: 1\nb: 2\na: 3\n", "x.yaml:3:1: key \"a\" is set twice in one map\n  x.yaml:1:1: first set here"},
		{"duplicate key in quotes", "a: {'1': x, 1: z}\n", "x.yaml:1:13: key \"1\" is set twice in one map\n  x.yaml:1:5: first set here"},
		{"three of a key", "a: 1\n\"a\": 2\n'a': 3\n", "x.yaml:2:1: key \"a\" is set twice in one map\n  x.yaml:1:1: first set here\nx.yaml:3:1: key \"a\" is set twice in one map\n  x.yaml:1:1: first set here"},
		{"duplicate alias key", "k: &k name\na: {name: 1, *k : 2}\n", "x.yaml:2:14: key \"name\" is set twice in one map\n  x.yaml:2:5: first set here"},
		{"ambiguous value", "enabled: no\n", `x.yaml:1:10: no is a string in YAML 1.2 and a boolean in YAML 1.1 (write true or false, or "no" in quotes for the string)`},
		{"ambiguous key", "on: 1\n", `x.yaml:1:1: the key on is a string in YAML 1.2 and a boolean in YAML 1.1 (write "on" in quotes)`},
		{"below an ambiguous key", "on: {y: 1}\n", "x.yaml:1:1: the key on is a string in YAML 1.2 and a boolean in YAML 1.1 (write \"on\" in quotes)\nx.yaml:1:6: the key y is a string in YAML 1.2 and a boolean in YAML 1.1 (write \"y\" in quotes)"},
		{"two documents", "a: 1\n---\nb: 2\n", `x.yaml:2:1: a second document begins here; one file holds one (move it to a file of its own)`},
		{"an empty second document", "a: 1\n...\n---\n", `x.yaml:3:1: a second document begins here; one file holds one (move it to a file of its own)`},
		{"unknown tag", "a: !foo 1\n", `x.yaml:1:4: tag !foo cannot be used on a scalar (leave the tag out, or put text that begins with ! in quotes)`},
		{"unknown tag on a list", "a: !!binary [1]\n", `x.yaml:1:4: tag !!binary cannot be used on a list (leave the tag out: !replace is the only one that means something here)`},
		{"infinity", "a: -.inf\n", `x.yaml:1:4: -.inf has no form in JSON, which Kubernetes and charts use`},
		{"out of range", "a: 1e999\n", `x.yaml:1:4: 1e999 is out of range`},
		{"a long integer", "a: " + strings.Repeat("1", 1001), `x.yaml:1:4: the integer has 1001 digits, more than 1000`},
		{"a list as a key", "[a]: 1\n", `x.yaml:1:1: a key must be a string (put a template such as {{ … }} in quotes)`},
		{"merge key", "a:\n  <<: 5\n", `x.yaml:2:7: << takes a map or a list of maps, not an integer`},
		{"merge key in a list", "b: &b 5\na:\n  <<: [{c: 1}, *b]\n", `x.yaml:3:16: << takes a map or a list of maps, not an integer`},
		{"alias to itself", "a: &a\n  b: *a\n", `x.yaml:2:6: the alias *a stands inside the value that it names`},
		{"merge key to itself", "a: &a\n  <<: *a\n", `x.yaml:2:7: the alias *a stands inside the value that it names`},
		{"not UTF-8", "a: 1\nä: \xff\n", `x.yaml:2:4: the byte 0xff is not UTF-8 text (save the file as UTF-8)`},
		{"Latin-1", "a: \xe4b\n", `x.yaml:1:4: the byte 0xe4 is not UTF-8 text (save the file as UTF-8)`},
		{"UTF-16", "\xff\xfea\x00:\x00", `x.yaml:1:1: the file is UTF-16 text, not UTF-8 (save it as UTF-8; in PowerShell: Out-File -Encoding utf8)`},
		{"UTF-16 without a mark", "\x00a\x00:\x00 \x001", `x.yaml:1:1: the file is UTF-16 text, not UTF-8 (save it as UTF-8; in PowerShell: Out-File -Encoding utf8)`},
		{"a zero byte", "a: 1\nb: x\x00y\n", `x.yaml:2:5: the control character U+0000 cannot stand in YAML (write it as an escape in double quotes: "\u0000")`},
		{"a control character", "\ufeffä: \x7f\n", `x.yaml:1:4: the control character U+007F cannot stand in YAML (write it as an escape in double quotes: "\u007F")`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, findings := source.Parse("x.yaml", []byte(c.text))
			if diff := cmp.Diff(c.want, said(findings)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

// TestSecretsAreNotShown reads bad values as those of a secret file: no finding may repeat them.
func TestSecretsAreNotShown(t *testing.T) {
	for _, text := range []string{"1e999", "!hunter2 x", "!hunter2 [x]", "*hunter2 ", "&hunter2 [*hunter2]", ".inf", "no", "[hunter2", "hunter2: x", "\"hunter2", "@hunter2", "\\\thunter2: 5\n\tx"} {
		_, findings := source.ParseFile(&source.File{Name: "x.yaml", Secret: true}, []byte("a: "+text))
		got := said(findings)
		if strings.Contains(got, "hunter2") || strings.Contains(got, "999") || strings.Contains(got, "inf ") || strings.Contains(got, `"no"`) || got == "" {
			t.Errorf("Parse(a: %s) says %q", text, got)
		}
	}
}

// bomb makes n levels of ten aliases each: 10ⁿ values out of n lines.
func bomb(n int, line func(i int, aliases string) string) string {
	text := "a0: &a0 {x0: 0, x1: 1, x2: 2, x3: 3, x4: 4, x5: 5, x6: 6, x7: 7, x8: 8, x9: 9}\n"
	for i := 1; i < n; i++ {
		text += line(i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return text
}

// TestHostile reads what is made to use up time or memory: each must be refused quickly and with little memory.
func TestHostile(t *testing.T) {
	const (
		deep  = "more than 200 levels of nesting"
		alias = "the aliases of this file stand for more than 250000 values"
		text  = "the aliases of this file stand for more than 8388608 bytes of text"
	)
	long := strings.Repeat("x", 100_000)
	blocks := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	chain := "a0: &a0 [" + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "]\n"
	for i := 1; i < 10; i++ {
		chain += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
		chain += fmt.Sprintf("b%d: &b%d [%s*a%d%s]\n", i, i, strings.Repeat("[", 15*i), i, strings.Repeat("]", 15*i))
	}
	for name, c := range map[string]struct{ text, want string }{
		"a large file":      {strings.Repeat("x", 100<<20), "x.yaml: the file has more than the 8388608 bytes that a file may have"},
		"lists":             {strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), "x.yaml:1:201: " + deep},
		"more lists":        {strings.Repeat("[", 5_000_000), "x.yaml:1:10001: " + deep},
		"maps":              {strings.Repeat("{a: ", 10_000) + strings.Repeat("}", 10_000), "x.yaml:1:801: " + deep},
		"dashes":            {strings.Repeat("- ", 9_990) + "x", "x.yaml:1:401: " + deep},
		"more dashes":       {strings.Repeat("- ", 1_000_000) + "x", "x.yaml:1:20001: " + deep},
		"blocks":            {blocks(4000), "x.yaml:201:201: " + deep},
		"behind aliases":    {chain, "x.yaml:15:115: " + deep},
		"aliases":           {bomb(9, func(i int, a string) string { return fmt.Sprintf("a%d: &a%d [%s]\n", i, i, a) }), "x.yaml:6:15: " + alias},
		"merge keys":        {bomb(9, func(i int, a string) string { return fmt.Sprintf("a%d: &a%d {<<: [%s]}\n", i, i, a) }), "x.yaml:6:20: " + alias},
		"aliases in maps":   {bomb(9, func(i int, a string) string { return fmt.Sprintf("a%d: &a%d {l: [%s], m: {<<: *a0}}\n", i, i, a) }), "x.yaml:6:14: " + alias},
		"many aliases":      {"a: &a [" + strings.Repeat("x, ", 1000) + "]\nb: [" + strings.Repeat("*a, ", 100_000) + "]\n", "x.yaml:2:1001: " + alias},
		"many merge keys":   {"a: &a {" + keys("k", 500) + "}\nb:\n" + strings.Repeat("- {<<: *a}\n", 2_000), "x.yaml:502:8: " + alias},
		"a long merge list": {"a: &a {" + keys("k", 500) + "}\nb: {<<: [" + strings.Repeat("*a, ", 5_000) + "]}\n", "x.yaml:2:2006: " + alias},
		"long texts":        {"a: &a " + long + "\nb: [" + strings.Repeat("*a, ", 20_000) + "]\n", "x.yaml:2:337: " + text},
		"long keys":         {"k: &k " + long + "\nb: [" + strings.Repeat("{*k : 1}, ", 20_000) + "]\n", "x.yaml:2:836: " + text},
		"texts in lists":    {strings.Replace(bomb(30, func(i int, a string) string { return fmt.Sprintf("a%d: &a%d [%s]\n", i, i, a) }), "x0: 0", "x0: "+long, 1), "x.yaml:3:45: " + text},
		"a long integer":    {"a: " + strings.Repeat("9", 7<<20), "x.yaml:1:4: the integer has 7340032 digits, more than 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			n, findings := source.Parse("x.yaml", []byte(c.text))
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if got := findings.Error(); got != c.want { // once, not for every value
				t.Errorf("Parse = %.300s\nwant    %s", got, c.want)
			}
			if n != nil {
				n.Value() // even the rest of a refused file must not blow up
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; took > 5*time.Second || allocated > 400<<20 {
				t.Errorf("Parse of %d bytes took %v and allocated %d MiB", len(c.text), took, allocated>>20)
			}
		})
	}
}

func keys(prefix string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%d: 1, ", prefix, i)
	}
	return b.String()
}

// TestAliasesAreShared reads aliases that stand for many values just below the limit: the values are there once.
func TestAliasesAreShared(t *testing.T) {
	text := "a: &a {" + keys("k", 1000) + "}\nb: [" + strings.Repeat("*a, ", 200) + "]\n"
	n, findings := source.Parse("x.yaml", []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	for i := range 200 {
		if n.Get("b").Items[i] != n.Get("a") {
			t.Fatal("an alias is a copy of what it stands for")
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"a: 1", "a: &x [1]\nb: *x", "{<<: {a: b}}", "a: !replace {}", "? [x]\n: y", "a: |\n  x\n", "a: &a {b: *a}", "\ufeffa: 0x1F\r\n", "a:\n\t- b",
		"a: [1, {b: \"\\u00e4\"}]\n---\nb", "%YAML 1.1\n---\na: 1", "<<: [*a, {b: c}]", "&a a: *a", "- ? b\n  : {}", "a: >-\n  x\n\n  y\n# c", "!!map {!!str 1: !!int 0777}", "a: 'it''s'\n...",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, findings := source.Parse("x.yaml", data)
		for _, finding := range findings {
			if finding.At.Line == 0 || finding.At.Col == 0 || finding.At.Line > 1+len(data) || finding.At.Col > 1+len(data) {
				t.Errorf("Parse(%q): a finding that is nowhere: %+v", data, finding)
			}
		}
		if n != nil {
			n.Value()
		}
		if findings.Failed() || n == nil {
			return
		}
		if again, err := source.FromValue(n.File, n.Value()); err != nil || !cmp.Equal(n.Value(), again.Value()) {
			t.Errorf("Parse(%q): the value %v reads back as %v, %v", data, n.Value(), again.Value(), err)
		}
	})
}
