package gotemplate

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// frame is one step of an error's way: a template that was being executed, and what it was doing.
type frame struct {
	at      diag.Position
	name    string // of the template
	context string // the expression
	cause   string // what went wrong; of outer frames "error calling include"
	before  string // what stands on the line before the expression
}

// finding turns an execution's error into a finding at the innermost place in a file, with the places that led there.
func (r *Run) finding(err error, data any) diag.Finding {
	frames := r.frames(err)
	f := diag.Errorf(rule, diag.Position{}, "%s", strings.TrimPrefix(err.Error(), "template: "))
	if len(frames) > 0 {
		last := frames[len(frames)-1]
		f.At = last.at
		f.Message, f.Hint = explain(last, data)
	}
	if own, ok := errors.AsType[failure](err); ok {
		f.Message, f.Hint = own.message, own.hint
		f.Rule = cmp.Or(own.rule, f.Rule)
	}
	limited, isLimit := errors.AsType[limitError](err)
	if isLimit && !limited.at.IsZero() {
		frames, f.At = append(frames, frame{at: limited.at}), limited.at
	}
	f = r.chain(f, frames)
	if isLimit {
		f.Rule, f.Message, f.Hint = "template-limit", limited.message, ""
	}
	return f
}

// chain places the finding in the innermost file and notes the frames around it: a few, and the outermost one.
func (r *Run) chain(f diag.Finding, frames []frame) diag.Finding {
	const most = 8
	inner := len(frames) - 1
	for inner >= 0 && frames[inner].at.File == tplName {
		f.Message = fmt.Sprintf("in the text given to tpl, line %d: %s", frames[inner].at.Line, f.Message)
		for inner--; inner >= 0 && frames[inner].at.File == tplName; inner-- {
			continue
		}
		if inner >= 0 {
			f.At = frames[inner].at
		} else {
			f.At = diag.Position{}
		}
		break
	}
	notes, last, times := 0, diag.Note{}, 0
	for i := inner - 1; i >= 0; i-- {
		if frames[i].at.File == tplName {
			continue
		}
		note := diag.Note{At: frames[i].at, Message: "called here: " + frames[i].context}
		if note == last { // a recursion
			times++
			f.Notes[len(f.Notes)-1].Message = fmt.Sprintf("%s (%d times)", note.Message, times)
			continue
		}
		last, times = note, 1
		if notes++; notes <= most || i == 0 {
			f.Notes = append(f.Notes, note)
		}
	}
	return f
}

// frames takes an error apart, outermost frame first.
func (r *Run) frames(err error) []frame {
	var frames []frame
	for {
		exec, ok := errors.AsType[template.ExecError](err)
		if !ok {
			break
		}
		message := exec.Err.Error()
		inner := errors.Unwrap(exec.Err)
		if inner != nil {
			message = strings.TrimSuffix(message, inner.Error())
		}
		frames = append(frames, r.frame(message))
		if inner == nil {
			break
		}
		err = inner
		if _, ok := errors.AsType[template.ExecError](inner); !ok {
			last := &frames[len(frames)-1]
			last.cause += inner.Error()
		}
	}
	return frames
}

// frame reads text/template's message: template: NAME:LINE:COL: executing "NAME" at <EXPRESSION>: CAUSE.
func (r *Run) frame(message string) frame {
	pattern := regexp.MustCompile(`(?s)^template: (.*?):(\d+):(\d+): executing ("(?:[^"\\]|\\.)*") at <(.*?)>: (.*)$`)
	m := pattern.FindStringSubmatch(message)
	if m == nil {
		return frame{cause: strings.TrimPrefix(message, "template: ")}
	}
	line, _ := strconv.Atoi(m[2])
	offset, _ := strconv.Atoi(m[3])
	f := frame{context: m[5], cause: m[6]}
	f.name, _ = strconv.Unquote(m[4])
	file, ok := r.set.byName[m[1]]
	if !ok {
		file = r.texts[m[1]]
	}
	f.at = diag.Position{File: file.Display, Line: line, Col: file.column(line, offset, f.context)}
	if lines := strings.SplitN(file.Text, "\n", line+1); line <= len(lines) {
		f.before = string([]rune(lines[line-1])[:min(f.at.Col-1, len([]rune(lines[line-1])))])
	}
	return f
}

// subject is the expression whose value is wrong: where the frame names a function or its last constant, what was passed
// to it through |.
func (f frame) subject() string {
	left, _, piped := cutLast(f.before, "|")
	if strings.ContainsAny(f.context[:min(1, len(f.context))], ".$(") || !piped {
		return f.context
	}
	if m := regexp.MustCompile(`(?:^|[\s(])([.$][\w.$]*)\s*$`).FindStringSubmatch(left); m != nil {
		return m[1]
	}
	return "what comes before |"
}

func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}
