package gotemplate

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/Masterminds/sprig/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// isVolatile reports whether a chart's call of the function is answered by Env.Volatile, or may be: the functions of
// dates are when they are given no date.
func isVolatile(function string) bool {
	switch function {
	case "randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randBytes", "randInt", "shuffle", "uuidv4",
		"bcrypt", "htpasswd", "encryptAES", "genPrivateKey", "genCA", "genCAWithKey", "genSelfSignedCert",
		"genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "now":
		return true
	default:
		return isDate(function)
	}
}

func isDate(function string) bool {
	switch function {
	case "date", "date_in_zone", "dateInZone", "htmlDate", "htmlDateInZone", "ago", "durationRound":
		return true
	}
	return false
}

// volatile answers a call that would be answered otherwise in every run.
func (r *Run) volatile(place string, args ...any) (any, error) {
	function, at := readPlace(place)
	// text/template would count the arguments of the real function.
	if f, ok := sprig.TxtFuncMap()[function]; ok {
		if want := reflect.TypeOf(f).NumIn(); want != len(args) {
			return nil, failure{message: fmt.Sprintf("%s takes %d arguments, not %d", function, want, len(args))}
		}
	}
	if isDate(function) {
		return r.dates(function, at, args)
	}
	return r.ask(function, at, args)
}

func (r *Run) ask(function string, at diag.Position, args []any) (any, error) {
	r.weigh(args...)
	// The key tells calls apart, so that another call elsewhere in the chart does not move the count of this one.
	key, err := json.Marshal([]any{function, args})
	if err != nil {
		return nil, failure{message: fmt.Sprintf("%s: %v", function, err)}
	}
	if r.env.Hermetic {
		return r.refuse(function, at, args)
	}
	n := r.calls[string(key)]
	r.calls[string(key)]++
	if r.env.Volatile != nil {
		v, err := r.env.Volatile(function, args, n)
		if err != nil {
			return nil, failure{message: fmt.Sprintf("%s: %v", function, err)}
		}
		return v, nil
	}
	message := function + " is another in every run; a placeholder stands for it"
	if at.File == tplName {
		at = r.where()
		message = "in a text given to tpl: " + message
	}
	r.found = append(r.found, diag.Infof("random-value", at, "%s", message))
	r.filled = true
	return Placeholder(function, args)
}

// refuse makes a call an error and goes on, so that all such calls are found. One in a text given to tpl has no place of its
// own: that it ends the template gives it that of the call of tpl.
func (r *Run) refuse(function string, at diag.Position, args []any) (any, error) {
	const rule, hint = "random-value", "give the chart the value that it would make"
	message := function + " is another in every run, and --hermetic allows no such call"
	if at.File == tplName {
		return nil, failure{rule: rule, message: message, hint: hint}
	}
	r.found = append(r.found, diag.Errorf(rule, at, "%s", message).WithHint(hint))
	return Placeholder(function, args)
}

// Placeholder stands for what a random or clock function returns where nothing remembers it: the same in every run, of
// the form that charts expect, and easy to recognise.
func Placeholder(function string, args []any) (any, error) {
	const word = "placeholder"
	switch function {
	case "randAlphaNum", "randAlpha", "randAscii":
		return fill(word, args)
	case "randNumeric":
		return fill("0", args)
	case "randBytes":
		return fill("cGxhY2Vob2xkZXIK", args)
	case "randInt":
		if len(args) > 0 {
			return toInt(args[0])
		}
		return 0, nil
	case "shuffle":
		if len(args) > 0 {
			return text(args[0]), nil
		}
		return "", nil
	case "uuidv4":
		return "00000000-0000-4000-8000-000000000000", nil
	case "now":
		return time.Unix(0, 0).UTC(), nil
	case "encryptAES":
		if len(args) > 0 {
			return placeholderAES(text(args[0]), word)
		}
		return word, nil
	case "genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey":
		return placeholderCertificate()
	default:
		return word, nil
	}
}

// fill repeats a word to the length that a call asks for.
func fill(word string, args []any) (any, error) {
	if len(args) == 0 {
		return word, nil
	}
	n, err := toInt(args[0])
	if err != nil || n < 0 || n > 1<<20 {
		return nil, fmt.Errorf("want a length, have %v", args[0])
	}
	return strings.Repeat(word, 1+n/len(word))[:n], nil
}

func toInt(v any) (int, error) { return strconv.Atoi(text(v)) }

// dates answers the functions of dates. Given a date they need no clock; the zone is UTC where none is given, not the
// machine's.
func (r *Run) dates(function string, at diag.Position, args []any) (any, error) {
	value := len(args) - 1
	if function == "htmlDateInZone" || function == "dateInZone" || function == "date_in_zone" {
		value--
	}
	t, given := asTime(args[value])
	if _, isTime := args[value].(time.Time); function == "durationRound" && !isTime {
		return durationRound(args[value]), nil
	}
	if given && function != "ago" && function != "durationRound" {
		return formatDate(function, t, args)
	}
	now, err := r.ask("now", at, nil)
	if err != nil {
		return nil, err
	}
	clock, ok := now.(time.Time)
	if !ok {
		return nil, failure{message: fmt.Sprintf("%s: want a time, have %v", function, now)}
	}
	if !given {
		t = clock
	}
	switch function {
	case "ago":
		return clock.Sub(t).Round(time.Second).String(), nil
	case "durationRound":
		return durationRound(int64(clock.Sub(t))), nil
	default:
		return formatDate(function, clock, args)
	}
}
