package suite

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Filter picks the tests and cases to run; the zero Filter picks all.
type Filter struct {
	test, one *regexp.Regexp
	either    bool // it is enough that one of the two matches
}

// NewFilter reads a filter: TEST//CASE, two expressions that must match, or one that the test's or the case's name must match.
func NewFilter(text string) (Filter, error) {
	if text == "" {
		return Filter{}, nil
	}
	parts := strings.Split(text, "//")
	if len(parts) > 2 {
		return Filter{}, errors.New("want TEST//CASE, or one expression for both")
	}
	f := Filter{either: len(parts) == 1}
	var err error
	if f.test, err = regexp.Compile(parts[0]); err != nil {
		return Filter{}, fmt.Errorf("read expression: %w", err)
	}
	if f.one, err = regexp.Compile(parts[len(parts)-1]); err != nil {
		return Filter{}, fmt.Errorf("read expression: %w", err)
	}
	return f, nil
}

// Test reports whether to run a test: its name matches, or with one expression for both the name of one of its cases.
func (f Filter) Test(t *Test) bool {
	if f.test == nil || f.test.MatchString(t.Name) {
		return true
	}
	for _, c := range t.Cases {
		if f.either && f.one.MatchString(c.Name) {
			return true
		}
	}
	return false
}

// Case reports whether to run a case.
func (f Filter) Case(test, name string) bool {
	switch {
	case f.test == nil:
		return true
	case f.either:
		return f.test.MatchString(test) || f.one.MatchString(name)
	default:
		return f.test.MatchString(test) && f.one.MatchString(name)
	}
}
