package gotemplate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// rule is that of whatever is wrong with a template itself.
const rule = "template"

// mostActions keeps the parser, which goes a call deeper for every level, from running out of stack.
const mostActions = 100_000

// parseFile parses one file and prepares its trees for execution: see instrument.
func (c *Cache) parseFile(dialect Dialect, file File, traced bool) parsed {
	if strings.Count(file.Text, "{{")+strings.Count(file.Text, "(") > mostActions {
		return parsed{findings: diag.Findings{diag.Errorf("template-limit", diag.Position{File: file.Display}, "a template of more than %d actions", mostActions)}}
	}
	trees := map[string]*parse.Tree{}
	root := parse.New(file.Name)
	// Functions are checked below, where the column is known and a near name can be suggested.
	root.Mode = parse.SkipFuncCheck
	if _, err := root.Parse(file.Text, "", "", trees); err != nil {
		return parsed{findings: diag.Findings{parseFinding(file, err)}}
	}
	i := instrument{file: file, dialect: dialect, traced: traced, language: c.languages[dialect]}
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		i.list(trees[name].Root)
	}
	i.findings.Sort()
	return parsed{trees: trees, findings: i.findings, changes: i.changes}
}

// parseFinding turns a parser's error, "template: NAME:LINE: CAUSE", into a finding.
func parseFinding(file File, err error) diag.Finding {
	at := diag.Position{File: file.Display}
	message := strings.TrimPrefix(err.Error(), "template: "+file.Name+":")
	if m := regexp.MustCompile(`(?s)^(\d+): (.*)$`).FindStringSubmatch(message); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	if message == "unexpected EOF" {
		if f, ok := unclosed(file); ok {
			return f
		}
	}
	return diag.Errorf(rule, at, "%s", strings.TrimPrefix(message, "template: "))
}

// unclosed finds the innermost block that the end of the file interrupts: the parser only says that the file ends.
func unclosed(file File) (diag.Finding, bool) {
	blank := regexp.MustCompile(`(?s)\{\{-?\s*/\*.*?\*/`).ReplaceAllStringFunc(file.Text, func(s string) string { return strings.Repeat(" ", len(s)) })
	type block struct {
		pos  parse.Pos
		word string
	}
	var open []block
	hint := "write {{ end }} where it ends"
	for _, m := range regexp.MustCompile(`\{\{-?\s*(\w+)`).FindAllStringSubmatchIndex(blank, -1) {
		pos, word := parse.Pos(m[2]), blank[m[2]:m[3]]
		switch word {
		case "if", "range", "with", "define", "block":
			open = append(open, block{pos, word})
		case "end":
			open = open[:max(0, len(open)-1)]
		default:
			if near := diag.DidYouMean(word, []string{"end"}); near != "" && strings.HasPrefix(strings.TrimLeft(blank[m[3]:], " -"), "}}") {
				hint = fmt.Sprintf("line %d has %q: %s", file.place(pos).Line, word, near)
			}
		}
	}
	if len(open) == 0 {
		return diag.Finding{}, false
	}
	last := open[len(open)-1]
	return diag.Errorf(rule, file.place(last.pos), "this %s has no end", last.word).WithHint("%s", hint), true
}

// place turns a node's position in a file's text into line and column, both from 1, the column in characters.
func (f File) place(pos parse.Pos) diag.Position {
	before := f.Text[:min(int(pos), len(f.Text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return diag.Position{File: f.Display, Line: 1 + strings.Count(before, "\n"), Col: 1 + len([]rune(before[start:]))}
}

// column turns a column as text/template counts it, in bytes from 0, into ours. It places a chain of fields at its second
// one; here it is where the expression begins.
func (f File) column(line, offset int, expression string) int {
	lines := strings.SplitN(f.Text, "\n", line+1)
	if line > len(lines) || offset > len(lines[line-1]) {
		return offset + 1
	}
	text := lines[line-1]
	if first := 1 + strings.IndexByte(expression[min(1, len(expression)):], '.'); first > 0 && first <= offset &&
		strings.HasPrefix(text[offset-first:], expression) {
		offset -= first
	}
	return 1 + len([]rune(text[:offset]))
}
