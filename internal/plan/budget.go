package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Budget is how many objects one run may delete: a number, or a share of the set.
type Budget struct {
	Count   int
	Percent bool
}

// ParseBudget reads N or N%.
func ParseBudget(s string) (Budget, error) {
	digits, percent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || (percent && n > 100) {
		return Budget{}, fmt.Errorf("read --max-prune %q: want a number or a percentage", s)
	}
	return Budget{Count: n, Percent: percent}, nil
}

// freePrunes is how many deletions the default budget always allows.
const freePrunes = 10

// limit is how many of a set of so many objects may go.
func (b *Budget) limit(set int) int {
	switch {
	case b == nil:
		return max(freePrunes, set/2)
	case b.Percent:
		return set * b.Count / 100
	default:
		return b.Count
	}
}
