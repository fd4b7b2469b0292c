// Package memory answers charts' calls of random and clock functions with what they returned the last time, so that passwords
// and certificates stay what they are. What an inventory remembers goes in; answers come out while a cluster's releases are
// rendered, and afterwards what there is to remember and what was made anew.
package memory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/volatile"
)

// Memory answers the calls of one rendering; releases may be rendered at the same time.
type Memory struct {
	now  time.Time
	old  map[inventory.Call]inventory.Remembered
	lock sync.Mutex
	salt []byte
	used map[inventory.Call]inventory.Remembered // the answers given
	made map[inventory.Call]string               // those of them that are new, and why another had to be replaced
}

// New begins with what an inventory remembers. What is made anew is made at the given time.
func New(was inventory.Memory, now time.Time) *Memory {
	return &Memory{
		now: now, old: was.ByCall(), salt: was.Salt,
		used: map[inventory.Call]inventory.Remembered{}, made: map[inventory.Call]string{},
	}
}

// Answer is what the release's call returned the last time, and where there was none, what it returns from now on. The order
// counts the release's calls with the same arguments, from 0.
func (m *Memory) Answer(release, function string, args []any, order int) (any, error) {
	digest, err := m.digest(function, args)
	if err != nil {
		return nil, err
	}
	call := inventory.Call{Release: release, Function: function, Args: digest, Order: order}
	answer, known := m.recall(call)
	if known {
		return restore(answer)
	}
	why := ending(answer, m.now) // of the remembered certificate, if there is one
	value, err := volatile.Make(function, args, m.now)
	if err != nil {
		return nil, err
	}
	answer = inventory.Remembered{Call: call}
	switch v := value.(type) {
	case string:
		answer.Value = v
	case int:
		answer.Value = fmt.Sprint(v)
	case time.Time:
		answer.Value = v.Format(time.RFC3339Nano)
	case volatile.Certificate:
		answer.Value, answer.Key = v.Cert, v.Key
	default:
		return nil, fmt.Errorf("a %T cannot be remembered", v)
	}
	if len(answer.Value) > longest {
		return nil, fmt.Errorf("what it returns has %d bytes; more than %d cannot be remembered", len(answer.Value), longest)
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	m.used[call], m.made[call] = answer, why
	return value, nil
}

// longest is how many bytes of one value are remembered: one Secret has to hold it.
const longest = 256 << 10

// recall finds the answer to a call. A certificate that is about to end is found and is no answer.
func (m *Memory) recall(call inventory.Call) (inventory.Remembered, bool) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if answer, asked := m.used[call]; asked {
		return answer, true
	}
	answer, known := m.old[call]
	if !known || ending(answer, m.now) != "" {
		return answer, false
	}
	m.used[call] = answer
	return answer, true
}

// After is what there is to remember after the rendering. Releases that are not selected keep what they had. Of the others,
// what was not asked for is forgotten unless all is kept.
func (m *Memory) After(selected func(release string) bool, keep bool) inventory.Memory {
	m.lock.Lock()
	defer m.lock.Unlock()
	values := map[inventory.Call]inventory.Remembered{}
	for call, v := range m.old {
		if keep || !selected(call.Release) {
			values[call] = v
		}
	}
	for call, v := range m.used {
		if selected(call.Release) {
			values[call] = v
		}
	}
	after := inventory.Memory{}
	if len(values) > 0 {
		after.Salt = m.salt
		after.SetValues(values)
	}
	return after
}

// Fresh is an answer that was made anew.
type Fresh struct {
	inventory.Call
	Instead string // why it takes the place of a remembered one; empty: there was none
}

// Fresh are the answers that were made anew. One takes the place of another also where the release makes it and no longer asks
// for something that it had: that is what a changed argument looks like.
func (m *Memory) Fresh() []Fresh {
	m.lock.Lock()
	defer m.lock.Unlock()
	abandoned := map[string]bool{}
	for call := range m.old {
		if _, used := m.used[call]; !used {
			abandoned[call.Release] = true
		}
	}
	var fresh []Fresh
	for _, call := range slices.SortedFunc(maps.Keys(m.made), inventory.Call.Compare) {
		why := m.made[call]
		if abandoned[call.Release] {
			why = cmp.Or(why, "the chart asks for something else than before")
		}
		fresh = append(fresh, Fresh{call, why})
	}
	return fresh
}

// Secrets are the texts that must not be shown, remembered and made anew: all but times and integers.
func (m *Memory) Secrets() []string {
	m.lock.Lock()
	defer m.lock.Unlock()
	var texts []string
	for _, values := range []map[inventory.Call]inventory.Remembered{m.old, m.used} {
		for _, v := range values {
			switch {
			case v.Key != "":
				texts = append(texts, v.Value, v.Key)
			case v.Function != "now" && v.Function != "randInt":
				texts = append(texts, v.Value)
			}
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}
