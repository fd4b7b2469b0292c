package gotemplate

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// limitError stops a run: no template can go on after it.
type limitError struct {
	message string
	at      diag.Position // where the template stood, where text/template does not say
}

func (e limitError) Error() string { return e.message }

func limit(format string, args ...any) error {
	return limitError{message: fmt.Sprintf(format, args...)}
}

// tick is called once per round of every loop, and before tpl, with the place. One in a text given to tpl is in no file.
func (r *Run) tick(place string) (string, error) {
	if last := r.place.Load(); (last == nil || *last != place) && !strings.HasSuffix(place, tplName) {
		r.place.Store(&place)
	}
	if r.ctx.Err() != nil {
		return "", stopped(r.ctx)
	}
	return "", nil
}

// grow counts text that a function made.
func (r *Run) grow(text string) (string, error) {
	if r.used += len(text); r.used > r.env.Limits.Output {
		return "", limit("the templates make more than %d bytes of text", r.env.Limits.Output)
	}
	return text, nil
}

// room says whether times pieces of some size may still be made.
func (r *Run) room(times, size int) error {
	if float64(times)*float64(size) > float64(r.env.Limits.Output-r.used) {
		return limit("the templates make more than %d bytes of text", r.env.Limits.Output)
	}
	return nil
}

func (r *Run) listRoom(from, to, step int) error {
	if n := math.Abs((float64(to) - float64(from)) / float64(max(step, -step, 1))); n > float64(r.env.Limits.List) {
		return limit("a list of more than %d items", r.env.Limits.List)
	}
	return nil
}

// limited replaces the functions whose result can be much larger than their arguments.
func (r *Run) limited(f template.FuncMap) {
	all := sprig.TxtFuncMap()
	f["print"] = func(args ...any) (string, error) { return r.grow(fmt.Sprint(shown(args)...)) }
	f["println"] = func(args ...any) (string, error) { return r.grow(fmt.Sprintln(shown(args)...)) }
	f["printf"] = func(format string, args ...any) (string, error) {
		if address(format) {
			return "", failure{message: "printf: %p prints an address, which is another in every run"}
		}
		return r.grow(sprintf(format, args...))
	}
	f["cat"] = func(args ...any) (string, error) { return r.grow(cat(args...)) }
	f["join"] = func(separator string, list any) (string, error) {
		parts := texts(list)
		if err := r.room(len(parts), len(separator)); err != nil {
			return "", err
		}
		return r.grow(strings.Join(parts, separator))
	}
	f["replace"] = func(old, with, s string) (string, error) {
		if err := r.room(strings.Count(s, old), len(with)); err != nil {
			return "", err
		}
		return r.grow(strings.ReplaceAll(s, old, with))
	}
	f["repeat"] = func(n int, s string) (string, error) {
		if n < 0 {
			return "", fmt.Errorf("negative count %d", n)
		}
		if err := r.room(n, len(s)); err != nil {
			return "", err
		}
		return r.grow(strings.Repeat(s, n))
	}
	f["indent"] = func(n int, s string) (string, error) { return r.indent("", n, s) }
	f["nindent"] = func(n int, s string) (string, error) { return r.indent("\n", n, s) }
	f["wrapWith"] = func(width int, separator, s string) (string, error) {
		wrap, _ := all["wrapWith"].(func(int, string, string) string)
		if err := r.room(len(s), len(separator)); err != nil {
			return "", err
		}
		return r.grow(wrap(width, separator, s))
	}
	r.limitedRegexes(f, all)
	r.limitedLists(f, all)
}

// limitedRegexes replaces what can match at every character of a text, and put a text in each of those places.
func (r *Run) limitedRegexes(f, all template.FuncMap) {
	for _, must := range []string{"regexReplaceAll", "regexReplaceAllLiteral"} {
		replace, _ := all["mustR"+must[1:]].(func(string, string, string) (string, error))
		f["mustR"+must[1:]] = func(regex, s, with string) (string, error) {
			if r.room(len(s)+1, len(with)+strings.Count(with, "$")+1) != nil {
				r.count(regex, s, with)
			}
			out, err := replace(regex, s, with)
			if err != nil {
				return "", err
			}
			return r.grow(out)
		}
		f[must] = f["mustR"+must[1:]]
	}
	for _, must := range []string{"mustRegexFindAll", "mustRegexSplit"} {
		find, _ := all[must].(func(string, string, int) ([]string, error))
		f[must] = func(regex, s string, n int) ([]string, error) {
			most := n
			if n < 0 || n > r.env.Limits.List {
				most = r.env.Limits.List + 1
			}
			found, err := find(regex, s, most)
			if len(found) > r.env.Limits.List {
				return nil, limit("a list of more than %d items", r.env.Limits.List)
			}
			return found, err
		}
		f["r"+must[len("mustR"):]] = f[must]
	}
}

// count stops the run where replacing would make more text than all output may have.
func (r *Run) count(regex, s, with string) {
	compiled, err := regexp.Compile(regex)
	if err != nil {
		return // the replacing says so
	}
	made := len(s)
	compiled.ReplaceAllStringFunc(s, func(match string) string {
		made += len(with) + strings.Count(with, "$")*len(match)
		if err := r.room(1, made); err != nil {
			panic(err)
		}
		return ""
	})
}

func (r *Run) limitedLists(f, all template.FuncMap) {
	f["until"] = func(n int) ([]int, error) {
		until, _ := all["until"].(func(int) []int)
		if err := r.listRoom(0, n, 1); err != nil {
			return nil, err
		}
		return until(n), nil
	}
	f["untilStep"] = func(from, to, step int) ([]int, error) {
		untilStep, _ := all["untilStep"].(func(int, int, int) []int)
		if err := r.listRoom(from, to, step); err != nil {
			return nil, err
		}
		return untilStep(from, to, step), nil
	}
	f["seq"] = func(params ...int) (string, error) {
		seq, _ := all["seq"].(func(...int) string)
		for _, p := range params {
			if err := r.listRoom(0, p, 1); err != nil {
				return "", err
			}
		}
		return r.grow(seq(params...))
	}
	f["splitList"] = func(separator, s string) ([]string, error) {
		if err := r.parts(separator, s); err != nil {
			return nil, err
		}
		return strings.Split(s, separator), nil
	}
	f["split"] = func(separator, s string) (map[string]string, error) {
		split, _ := all["split"].(func(string, string) map[string]string)
		if err := r.parts(separator, s); err != nil {
			return nil, err
		}
		return split(separator, s), nil
	}
	f["concat"] = func(lists ...any) (any, error) {
		concat, _ := all["concat"].(func(...any) any)
		all, _ := concat(lists...).([]any)
		if len(all) > r.env.Limits.List {
			return nil, limit("a list of more than %d items", r.env.Limits.List)
		}
		return all, nil
	}
}

// parts says whether a text may be cut at a separator.
func (r *Run) parts(separator, s string) error {
	if strings.Count(s, separator) >= r.env.Limits.List {
		return limit("a list of more than %d items", r.env.Limits.List)
	}
	return nil
}

func (r *Run) indent(before string, n int, s string) (string, error) {
	if n < 0 {
		return "", fmt.Errorf("negative count %d", n)
	}
	if err := r.room(1+strings.Count(s, "\n"), n); err != nil {
		return "", err
	}
	pad := strings.Repeat(" ", n)
	return r.grow(before + pad + strings.ReplaceAll(s, "\n", "\n"+pad))
}
