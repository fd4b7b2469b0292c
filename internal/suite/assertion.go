package suite

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// hold reports why an assertion is not true of the messages of all violations.
func (a Assertion) hold(messages []string) error {
	count, about := len(messages), ""
	if a.Message != nil && len(messages) > 0 {
		pattern, err := regexp.Compile(*a.Message)
		if err != nil {
			return fmt.Errorf("read message: %w", err)
		}
		count = 0
		for _, m := range messages {
			if pattern.MatchString(m) {
				count++
			}
		}
	}
	if a.Message != nil {
		about = fmt.Sprintf(" containing %q", *a.Message)
	}
	want, ok, err := a.want(count)
	if err != nil || ok {
		return err
	}
	return fmt.Errorf("unexpected number of violations: got %d violations%s but want %s: got messages [%s]", count, about, want, strings.Join(messages, ", "))
}

// want is how many violations there must be, and whether there are.
func (a Assertion) want(count int) (want string, ok bool, err error) {
	switch v := a.Violations; {
	case v == nil || v.Type == intstr.String && v.StrVal == "yes":
		return "at least 1", count > 0, nil
	case v.Type == intstr.String && v.StrVal == "no":
		return "none", count == 0, nil
	case v.Type == intstr.Int && v.IntVal >= 0:
		return fmt.Sprintf("exactly %d", v.IntVal), count == int(v.IntVal), nil
	default:
		return "", false, errors.New(`violations is yes, no, or a number that is not negative`)
	}
}
