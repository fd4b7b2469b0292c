package openapi

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Lifecycle holds minor versions of Kubernetes 1; zero: never, or not known.
type Lifecycle struct {
	Introduced, Deprecated int
	Removed                int // the first that has it no more
	Replacement            GVK // zero: none
}

// The data has a line for everything that is known, its words separated by tabs. The first lists the minor versions, ascending. In
// the others a mask in hexadecimal says with bit i that a line holds for the i-th of them.
const (
	definitionRow = "definition" // MASK NAME SCHEMA, as JSON
	kindRow       = "kind"       // MASK GROUP VERSION KIND SCOPE DEFINITION; the scope is namespaced or cluster
	lifecycleRow  = "lifecycle"  // GROUP VERSION KIND INTRODUCED DEPRECATED REMOVED GROUP VERSION KIND; for all minor versions
)

// read takes what holds for one minor version: the one asked for, the nearest lower one, or the lowest.
func read(text []byte, minor int) (*Set, error) {
	s := &Set{kinds: map[GVK]entry{}, lifecycles: map[GVK]Lifecycle{}, definitions: map[string][]byte{}, compiled: map[string]*Schema{}}
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	index := 0
	for i, word := range strings.Split(string(head), "\t")[1:] {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("decode %q: %w", head, err)
		}
		if i == 0 || minor == 0 || n <= minor {
			index, s.Minor = i, n
		}
	}
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		row, words, _ := bytes.Cut(line, []byte("\t"))
		if err := s.row(string(row), words, index); err != nil {
			return nil, fmt.Errorf("decode %.40q: %w", line, err)
		}
	}
	return s, nil
}

func (s *Set) row(row string, words []byte, index int) error {
	if row == lifecycleRow {
		return s.lifecycle(strings.Split(string(words), "\t"))
	}
	mask, words, _ := bytes.Cut(words, []byte("\t"))
	holds, err := strconv.ParseUint(string(mask), 16, 32)
	if err != nil || holds&(1<<index) == 0 {
		return err
	}
	if row == definitionRow {
		name, schema, _ := bytes.Cut(words, []byte("\t"))
		s.definitions[string(name)] = schema
		return nil
	}
	w := strings.Split(string(words), "\t")
	if row != kindRow || len(w) != 5 {
		return fmt.Errorf("no such row: %s", row)
	}
	s.kinds[GVK{w[0], w[1], w[2]}] = entry{namespaced: w[3] == "namespaced", definition: w[4]}
	return nil
}

func (s *Set) lifecycle(w []string) error {
	if len(w) != 9 {
		return fmt.Errorf("%d words, not 9", len(w))
	}
	var minors [3]int
	for i := range minors {
		var err error
		if minors[i], err = strconv.Atoi(w[3+i]); err != nil {
			return err
		}
	}
	s.lifecycles[GVK{w[0], w[1], w[2]}] = Lifecycle{minors[0], minors[1], minors[2], GVK{w[6], w[7], w[8]}}
	return nil
}

func (g GVK) compare(other GVK) int {
	return cmp.Or(cmp.Compare(g.Group, other.Group), cmp.Compare(g.Kind, other.Kind), cmp.Compare(g.Version, other.Version))
}
