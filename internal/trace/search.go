package trace

import (
	"context"
	"slices"
)

// outcome is what a trial shows.
type outcome uint8

const (
	same outcome = iota
	changed
	gone   // the field or its object is not there
	moved  // another object has the field's object's place, and another field
	broken // nothing was rendered
)

// search finds the leaves that the field depends on, by halves: as many renderings as there are such leaves, times the
// logarithm of how many leaves there are.
type search struct {
	leaves  []leaf
	render  func(chosen map[int]int) outcome // with a trial, by number, in place of each chosen leaf
	left    int                              // renderings that may still be made
	stopped bool
	found   map[int]Leaf
	alone   bool        // nothing was found, and every leaf was tried alone
	fragile map[int]int // how often words in place of a leaf made rendering fail
}

// mostAlone is how many leaves are tried alone, where trying them together shows nothing.
const mostAlone = 100

// run tries every leaf with likely values, then with empty ones, which conditions look at.
func (s *search) run(ctx context.Context) {
	s.found = map[int]Leaf{}
	all := make([]int, len(s.leaves))
	for i := range all {
		all[i] = i
	}
	// What was found hides what others of its group do together, so those are tried once more without it.
	for before := -1; before < len(s.found); {
		before = len(s.found)
		s.group(ctx, s.unknown(all), func(int) int { return 0 })
	}
	empty := slices.DeleteFunc(s.unknown(all), func(i int) bool { return len(s.leaves[i].trials) == 1 })
	s.group(ctx, empty, func(i int) int { return len(s.leaves[i].trials) - 1 })
	s.apart(ctx, all)
	if len(s.found) == 0 && !s.stopped && len(all) <= min(mostAlone, s.left) {
		for _, i := range all {
			s.group(ctx, []int{i}, func(int) int { return 0 })
		}
		s.alone = !s.stopped
	}
	s.words(ctx, all)
}

// words tries what templates compare values with: first what they compare those of a leaf's name with. It is no news that such a
// value makes rendering fail, nor that there is no time for all.
func (s *search) words(ctx context.Context, all []int) {
	if s.stopped {
		return
	}
	s.fragile, s.left = map[int]int{}, Words
	s.each(ctx, all, func(l leaf) int { return len(l.trials) }, func(l leaf) int { return len(l.near) })
	clear(s.fragile)
	s.each(ctx, all, func(l leaf) int { return len(l.trials) + len(l.near) }, func(l leaf) int { return len(l.common) })
	s.stopped = ctx.Err() != nil
}

// each tries the nth text of every leaf, for each n, but of leaves that take few texts.
func (s *search) each(ctx context.Context, all []int, first, count func(leaf) int) {
	const few = 8
	for n := 0; !s.stopped; n++ {
		group := slices.DeleteFunc(s.unknown(all), func(i int) bool { return s.fragile[i] >= few || n >= count(s.leaves[i]) })
		if len(group) == 0 && !slices.ContainsFunc(s.leaves, func(l leaf) bool { return n < count(l) }) {
			return
		}
		s.group(ctx, group, func(i int) int { return first(s.leaves[i]) + n })
	}
}

// apart tries groups in which each two leaves are apart once, as those that cancel each other out must be: by each bit of their
// numbers.
func (s *search) apart(ctx context.Context, all []int) {
	for bit := 1; bit < len(all); bit *= 2 {
		for _, side := range []int{0, bit} {
			group := slices.DeleteFunc(s.unknown(all), func(i int) bool { return i&bit != side })
			s.group(ctx, group, func(int) int { return 0 })
		}
	}
}

// unknown are those of which nothing is known yet.
func (s *search) unknown(all []int) []int {
	return slices.DeleteFunc(slices.Clone(all), func(i int) bool { _, known := s.found[i]; return known })
}

// try renders with the trial that each of the group's leaves has, unless the search is over.
func (s *search) try(ctx context.Context, group []int, trial func(leaf int) int) outcome {
	if s.left <= 0 || ctx.Err() != nil {
		s.stopped = true
		return same
	}
	s.left--
	chosen := map[int]int{}
	for _, i := range group {
		chosen[i] = trial(i)
	}
	return s.render(chosen)
}

// group looks for the field's leaves in a group, and says whether it has any.
func (s *search) group(ctx context.Context, group []int, trial func(leaf int) int) bool {
	if len(group) == 0 {
		return false
	}
	o := s.try(ctx, group, trial)
	switch {
	case o == same:
		return false
	case len(group) == 1:
		return s.single(ctx, group[0], o, trial(group[0]))
	}
	half := len(group) / 2
	first := s.group(ctx, group[:half], trial)
	second := s.group(ctx, group[half:], trial)
	if first || second || o == broken || s.stopped {
		return first || second
	}
	for _, i := range s.together(ctx, group, nil, trial) {
		s.add(i, Possible, false)
	}
	return true
}

// single judges one leaf. Where a trial makes rendering fail, others may not.
func (s *search) single(ctx context.Context, i int, o outcome, tried int) bool {
	if o == broken && s.fragile != nil {
		s.fragile[i]++
		return false
	}
	for trial := 0; o == broken && trial < len(s.leaves[i].trials); trial++ {
		if trial != tried {
			o = s.try(ctx, []int{i}, func(int) int { return trial })
		}
	}
	switch o {
	case same:
		return false
	case broken, moved:
		s.add(i, Possible, false)
	default:
		s.add(i, Exact, o == gone)
	}
	return true
}

func (s *search) add(i int, c Certainty, decides bool) {
	if _, known := s.found[i]; !known {
		s.found[i] = Leaf{Path: s.leaves[i].path, Node: s.leaves[i].node, Certainty: c, Decides: decides}
	}
}

// together is a least part of a group that changes the field along with others, none of which does so alone (Zeller's delta
// debugging).
func (s *search) together(ctx context.Context, group, others []int, trial func(leaf int) int) []int {
	if len(group) == 1 || s.stopped {
		return group
	}
	first, second := group[:len(group)/2], group[len(group)/2:]
	differs := func(part []int) bool {
		o := s.try(ctx, append(part[:len(part):len(part)], others...), trial)
		return o == changed || o == gone || o == moved
	}
	switch {
	case differs(first):
		return s.together(ctx, first, others, trial)
	case differs(second):
		return s.together(ctx, second, others, trial)
	}
	found := s.together(ctx, first, append(second[:len(second):len(second)], others...), trial)
	return append(found, s.together(ctx, second, append(first[:len(first):len(first)], others...), trial)...)
}
