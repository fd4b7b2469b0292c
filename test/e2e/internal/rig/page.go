package rig

import (
	"regexp"
	"strings"
)

// Step is something that a page tells its reader to do: to write a file, or to run a command.
type Step struct {
	File, Text    string
	Command, Want string // what it prints, where a line … stands for any lines
}

// Steps are those of a page, in order: code blocks of YAML with a file's name, and others with commands after a $.
func Steps(page string) []Step {
	var steps []Step
	for _, block := range regexp.MustCompile("(?ms)^```(\\w+)( [^\\n]+)?\\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		if block[1] == "yaml" {
			steps = append(steps, Step{File: strings.TrimSpace(block[2]), Text: block[3]})
			continue
		}
		for _, step := range strings.Split("\n"+block[3], "\n$ ")[1:] {
			command, want, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
			steps = append(steps, Step{Command: command, Want: want})
		}
	}
	return steps
}

// Shows compares what was printed with what the page shows.
func (s Step) Shows(got string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(s.Want + "\n") {
		switch line {
		case "…\n":
			pattern.WriteString(`(.*\n)*`)
		case "\n":
		default:
			pattern.WriteString(regexp.QuoteMeta(line))
		}
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(got)
}
