package source

import (
	"bytes"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// syntax turns an error of the YAML parser into a finding in words that say what to do.
func syntax(file *File, data []byte, d *yaml.Decoder, err error) diag.Finding {
	line, message := ErrorLine(err)
	at := diag.Position{File: file.Name, Line: line}
	name, isAnchor := unknownAnchor(message)
	if isAnchor {
		at = mark(d, at, "event", "start_mark")
		return diag.Errorf("yaml-syntax", at, "the alias %snames no anchor above it", file.show("*"+name+" ", "")).
			WithHint("write &NAME before the value that it stands for; put text that begins with * in quotes")
	}
	begin := mark(d, diag.Position{}, "parser", "context_mark")
	at = mark(d, at, "parser", "problem_mark")
	if strings.HasPrefix(message, "exceeded max depth") {
		return diag.Errorf("too-deep", at, "more than %d levels of nesting", maxDepth)
	}
	if col := tab(data, at.Line); col > 0 {
		at.Col = col
		return diag.Errorf("yaml-syntax", at, "a tab indents this line").WithHint("indent with spaces; YAML allows no tabs there")
	}
	w := wording(problem(d, "context"), message, character(data, at))
	begin.File = file.Name
	if begin.Line > 0 && (w.begin == "here" || w.begin != "" && ended(data, at.Line)) {
		at, w.begin = begin, ""
	}
	f := diag.Errorf("yaml-syntax", at, "%s", w.message)
	f.Hint = w.hint
	if w.begin != "" && begin.Line > 0 {
		f = f.WithNote(begin, "%s", w.begin)
	}
	return f
}

func unknownAnchor(message string) (string, bool) {
	name, found := strings.CutPrefix(message, "unknown anchor '")
	return strings.TrimSuffix(name, "' referenced"), found
}

// mark reads a place that the parser keeps to itself: its errors name only a line, and often that of the construct's begin.
// Where a later version of the parser has no such place, what is known already is all there is; a test would tell.
func mark(d *yaml.Decoder, known diag.Position, path ...string) diag.Position {
	m := member(reflect.ValueOf(d), append([]string{"parser"}, path...)...)
	line, col := member(m, "line"), member(m, "column")
	if line.IsValid() && line.CanInt() && col.IsValid() && col.CanInt() {
		known.Line, known.Col = int(line.Int())+1, int(col.Int())+1
	}
	return known
}

// problem reads a text about the error that the parser keeps to itself.
func problem(d *yaml.Decoder, name string) string {
	if v := member(reflect.ValueOf(d), "parser", "parser", name); v.IsValid() && v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}

func member(v reflect.Value, path ...string) reflect.Value {
	for _, name := range path {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		v = v.FieldByName(name)
	}
	return v
}

// lineText is a line of data without its end.
func lineText(data []byte, line int) []byte {
	for ; line > 1; line-- {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	data, _, _ = bytes.Cut(data, []byte("\n"))
	return bytes.TrimSuffix(data, []byte("\r"))
}

// ended reports whether the text ends before a line.
func ended(data []byte, line int) bool {
	return line > 1+bytes.Count(bytes.TrimRight(data, "\r\n "), []byte("\n"))
}

// tab is the column of the first tab that indents a line, or 0.
func tab(data []byte, line int) int {
	for i, b := range lineText(data, line) {
		switch b {
		case '\t':
			return i + 1
		case ' ':
		default:
			return 0
		}
	}
	return 0
}

// character is the one at a place, or 0 at a line's end.
func character(data []byte, at diag.Position) rune {
	runes := []rune(string(lineText(data, at.Line)))
	if at.Col < 1 || at.Col > len(runes) {
		return 0
	}
	return runes[at.Col-1]
}

// ErrorLine takes the error of a YAML parser of the go-yaml family apart. Those parsers count lines from 1 where the text
// cannot be cut into tokens, from 0 where the tokens make no sense, and leave out a line 0.
func ErrorLine(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	line = 1
	m := regexp.MustCompile(`(?s)line (\d+): (.*)$`).FindStringSubmatch(message)
	if m == nil {
		return line, message
	}
	line, _ = strconv.Atoi(m[1])
	message = m[2]
	if strings.HasPrefix(message, "did not find expected") {
		line++
	}
	return line, message
}
