package source

import (
	"fmt"
	"strings"
)

// words say in the user's terms what the parser says in its own.
type words struct {
	context string // what the parser was doing begins so; "" whatever it was doing
	problem string // what it says; "" for everything else in that context
	message string
	hint    string
	begin   string // a note where the construct begins; "here": the finding itself points there
}

// wording finds the words for a problem. What the table does not know is passed on as it is.
func wording(context, problem string, at rune) words {
	if problem == "found character that cannot start any token" && at != 0 {
		return words{message: fmt.Sprintf("a value cannot begin with %c", at), hint: "put it in quotes"}
	}
	for _, w := range dictionary() {
		if strings.HasPrefix(context, w.context) && (w.problem == "" || w.problem == problem) {
			return w
		}
	}
	return words{message: problem}
}

func dictionary() []words {
	return append(structure(), scalars()...)
}

// structure is about maps and lists.
func structure() []words {
	return []words{
		{
			problem: "mapping values are not allowed in this context",
			message: "a map cannot begin here",
			hint:    `put text that holds ": " in quotes, or mend the indentation`,
		}, {
			problem: "block sequence entries are not allowed in this context",
			message: "a list cannot begin here",
			hint:    `put text that begins with "- " in quotes; a list goes on the lines below its key`,
		}, {
			problem: "mapping keys are not allowed in this context",
			message: `"? " begins a key, and none can stand here`,
			hint:    "put the text in quotes",
		}, {
			problem: "did not find expected key",
			message: "this is no key of the map that it stands in",
			hint:    "align it with the map's other keys; text that goes on after a closing quote or bracket belongs in quotes as a whole",
			begin:   "the map begins here",
		}, {
			problem: "did not find expected '-' indicator",
			message: "this is no item of the list that it stands in",
			hint:    `align it with the list's other items; each begins with "- "`,
			begin:   "the list begins here",
		}, {
			problem: "could not find expected ':'",
			message: `this line has no ": " behind its key`,
			hint:    `write KEY: VALUE with a space after the colon; text of several lines stands below "KEY: |", indented`,
			begin:   "here",
		}, {
			problem: "did not find expected ',' or ']'",
			message: `the list in brackets is not closed: "," or "]" is missing here`,
			begin:   "the list begins here",
		}, {
			problem: "did not find expected ',' or '}'",
			message: `the map in braces is not closed: "," or "}" is missing here`,
			hint:    "a template such as {{ … }} belongs in quotes",
			begin:   "the map begins here",
		}, {
			problem: "did not find expected node content",
			message: "a value is missing here",
			hint:    `an empty one is "", [] or {}; put text that begins with this character in quotes`,
		}, {
			problem: "did not find expected <document start>",
			message: "the value of the file ends before this",
			hint:    "align it with the lines above it; a file holds one map",
		},
	}
}

// scalars is about text, tags and names.
func scalars() []words {
	const quotes = "put the text in quotes"
	unclosed := words{
		context: "while scanning a quoted scalar",
		message: "the quoted text that begins here is not closed",
		hint:    `in single quotes write '' for a quote, in double quotes \"`,
		begin:   "here",
	}
	return []words{
		unclosed,
		{
			problem: "found unknown escape character",
			message: "in double quotes a backslash begins an escape, and this is none",
			hint:    `write \\ for a backslash, or use single quotes`,
		},
		{
			context: "while parsing a quoted scalar",
			message: "the escape is no character",
			hint:    `write \xNN, \uNNNN or \UNNNNNNNN with hexadecimal digits, \\ for a backslash`,
		},
		{
			context: "while scanning a block scalar",
			message: "only an indentation from 1 to 9, + or - can follow | or > in its line",
			hint:    "put the text on the lines below, indented",
		},
		{
			context: "while scanning an alias",
			message: `"*" begins an alias, which needs a name`,
			hint:    quotes,
		},
		{
			context: "while scanning an anchor",
			message: `"&" begins an anchor, which needs a name`,
			hint:    quotes,
		},
		{
			context: "while scanning a tag",
			message: `"!" begins a tag, and this is none`,
			hint:    quotes,
		},
		{
			context: "while parsing a tag",
			message: `"!" begins a tag, and this is none`,
			hint:    quotes,
		},
		{
			problem: "found undefined tag handle",
			message: `"!" begins a tag, and this one's prefix is not declared`,
			hint:    quotes,
		},
		{
			context: "while scanning a directive",
			message: `a line that begins with "%" is a directive, and this is none that YAML knows`,
			hint:    quotes,
			begin:   "here",
		},
	}
}
