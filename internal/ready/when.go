package ready

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/cel"
)

// WhenKey is the annotation that says in CEL when an object is ready, in place of the rule of its kind. The expression gives
// true or false about the live object, which it calls self or object.
const WhenKey = "otomi.io/ready-when"

// Judge judges objects as Compute does, and those that have a rule of their own in WhenKey by that rule. An expression is
// compiled once. The zero value is ready to use, from several goroutines.
type Judge struct {
	lock  sync.Mutex
	env   *cel.Env
	rules map[string]*when
}

// when is an expression that was compiled, or why it could not be.
type when struct {
	program *cel.Program
	issues  []cel.Issue
}

// Compute judges a live object at a time. What is being deleted, what its controller has not seen yet, and what has failed for
// good is so whatever the object's own rule says; an expression that cannot be evaluated is not true yet.
func (j *Judge) Compute(u *unstructured.Unstructured, now time.Time) Status {
	if u == nil || u.GetDeletionTimestamp() != nil {
		return Compute(u, now)
	}
	expression, own := u.GetAnnotations()[WhenKey]
	if !own {
		return Compute(u, now)
	}
	if s, behind := unobserved(u); behind {
		return s
	}
	return j.holds(expression, u, now)
}

func (j *Judge) holds(expression string, u *unstructured.Unstructured, now time.Time) Status {
	w := j.compile(expression)
	if len(w.issues) > 0 {
		return inProgress("%s does not compile: %s", WhenKey, w.issues[0].Message)
	}
	ok, _, err := w.program.True(u.Object)
	switch builtin := Compute(u, now); {
	case err == nil && ok:
		return Status{State: Ready}
	case builtin.State == Failed:
		return builtin
	case err != nil:
		return inProgress("%s cannot be evaluated%s", WhenKey, trouble(expression, err))
	case builtin.Reason != "":
		return inProgress("%s is not true: %s: %s", WhenKey, brief(expression), builtin.Reason)
	default:
		return inProgress("%s is not true: %s", WhenKey, brief(expression))
	}
}

// trouble is why an expression cannot be evaluated. Only what cannot hold a value of the object is told: it may be a secret.
func trouble(expression string, err error) string {
	key, missing := strings.CutPrefix(err.Error(), cel.ErrMissing.Error()+": ")
	switch {
	case missing && strings.Contains(expression, key):
		return " yet: there is no " + key
	case errors.Is(err, cel.ErrCost), errors.Is(err, cel.ErrType):
		return ": " + err.Error()
	default:
		return ""
	}
}

// Check compiles an expression and returns what is wrong with it.
func (j *Judge) Check(expression string) []cel.Issue { return j.compile(expression).issues }

func (j *Judge) compile(expression string) *when {
	j.lock.Lock()
	defer j.lock.Unlock()
	if w, known := j.rules[expression]; known {
		return w
	}
	if j.rules == nil {
		j.rules = map[string]*when{}
	}
	w := &when{}
	if j.env == nil {
		env, err := cel.NewEnv()
		if err != nil {
			return &when{issues: []cel.Issue{{Line: 1, Col: 1, Message: err.Error()}}}
		}
		j.env = env
	}
	w.program, w.issues = j.env.CompileObject(expression)
	j.rules[expression] = w
	return w
}

// brief is an expression on one line of a bearable length.
func brief(expression string) string {
	const longest = 80
	s := strings.Join(strings.Fields(expression), " ")
	if utf8.RuneCountInString(s) > longest {
		return fmt.Sprintf("%s…", string([]rune(s)[:longest]))
	}
	return s
}
