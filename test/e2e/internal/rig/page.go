package rig

import (
	"regexp"
	"strings"
)

// Step is something that a page tells its reader to do: to write a file, or to run a command.
type Step struct {
	File, Text    string
	Command, Want string // what it prints: see Shows
}

// Steps are those of a page, in order: code blocks with a file's name, commands after a $ with what they print, and shell
// commands of which the page does not show what they print. A block of text is no step.
func Steps(page string) []Step {
	var steps []Step
	block := regexp.MustCompile("(?ms)^```(\\w+)( [^\\n]+)?\\n(.*?)^```$")
	for _, b := range block.FindAllStringSubmatch(page, -1) {
		kind, file, text := b[1], strings.TrimSpace(b[2]), b[3]
		switch {
		case kind == "text":
		case file != "":
			steps = append(steps, Step{File: file, Text: text})
		case kind == "yaml", kind == "json", kind == "rego": // part of a file
		case strings.Contains("\n"+text, "\n$ "):
			for _, step := range strings.Split("\n"+text, "\n$ ")[1:] {
				command, want, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
				steps = append(steps, Step{Command: command, Want: want})
			}
		case kind == "sh":
			steps = append(steps, commands(text)...)
		}
	}
	return steps
}

// commands are the lines of a shell block, that may print whatever they do.
func commands(text string) []Step {
	var steps []Step
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			steps = append(steps, Step{Command: line, Want: "…"})
		}
	}
	return steps
}

// Shows compares what was printed with what the page shows. There a line … stands for any lines, … within a line for any text, whose length
// moves the columns after it, and a day for any day.
func (s Step) Shows(got string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(s.Want + "\n") {
		switch line = strings.TrimRight(line, " \n"); {
		case line == "…":
			pattern.WriteString(`(.*\n)*`)
		case line == "":
			pattern.WriteString(`\n?`)
		default:
			pattern.WriteString(same(line) + ` *\n`)
		}
	}
	return regexp.MustCompile(`^` + pattern.String() + `\s*$`).MatchString(strings.TrimRight(got, "\n") + "\n")
}

// same is the pattern for what a line of a page stands for.
func same(line string) string {
	p := regexp.MustCompile(`\d{4}-\d\d-\d\d`).ReplaceAllString(regexp.QuoteMeta(line), `\d{4}-\d\d-\d\d`)
	if strings.Contains(line, "…") {
		p = regexp.MustCompile(`  +`).ReplaceAllString(strings.ReplaceAll(p, "…", ".*"), "  +")
	}
	return p
}
