package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/memory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// live is what charts see of the cluster while they are rendered: objects of the set, and what their random and clock functions
// returned before. The cluster is asked when the first chart does: what is wrong with a repo is told without one.
type live struct {
	ready  func() error // connects, once
	memory *memory.Memory
	known  func(apiVersion, kind string) ([]*unstructured.Unstructured, error)
	err    error // why there is no cluster
}

func newLive(ctx context.Context, now time.Time, open func() (*session, error)) *live {
	l := &live{}
	l.ready = sync.OnceValue(func() error {
		var s *session
		if s, l.err = open(); l.err != nil {
			return l.err
		}
		l.known = s.client.Live(ctx, s.inventory)
		l.memory = memory.New(s.remembered(), now)
		return nil
	})
	return l
}

// volatile is render's Input.Volatile.
func (l *live) volatile(release, function string, args []any, n int) (any, error) {
	if err := l.ready(); err != nil {
		return nil, err
	}
	return l.memory.Answer(release, function, args, n)
}

// lookup is render's Input.Known.
func (l *live) lookup(apiVersion, kind string) ([]*unstructured.Unstructured, error) {
	if err := l.ready(); err != nil {
		return nil, err
	}
	return l.known(apiVersion, kind)
}

// asked reports whether a chart saw the cluster.
func (l *live) asked() bool { return l.memory != nil }

// secrets are the texts made and remembered, which must not be shown.
func (l *live) secrets() []string {
	if l.memory == nil {
		return nil
	}
	return l.memory.Secrets()
}

// secrets are the texts of all secrets that went into the objects.
func (b *built) secrets() []string {
	texts, _ := b.tree.Secrets()
	return slices.Concat(texts, b.live.secrets())
}

// remembered is what the inventory remembers.
func (s *session) remembered() inventory.Memory {
	if s.inventory == nil {
		return inventory.Memory{}
	}
	return s.inventory.Memory
}

// remember tells a plan what was made anew, and what there is to remember after it.
func (p *planned) remember(in *plan.Input) {
	runlevels := map[string]string{}
	if p.inventory != nil {
		for _, e := range p.inventory.Entries {
			runlevels[e.Release] = e.Runlevel
		}
	}
	for _, r := range p.releases {
		runlevels[r.Name] = r.Runlevel
	}
	selected := func(release string) bool { return in.Selected == nil || in.Selected(release, runlevels[release]) }
	m := p.memory
	if m == nil {
		recalled := recall(p.remembered(), p.recalled, selected, in.Selected == nil)
		in.Memory = &recalled
		return
	}
	after := m.After(selected, in.Options.NoPrune)
	in.Memory = &after
	for _, f := range m.Fresh() {
		if selected(f.Release) {
			in.Fresh = append(in.Fresh, plan.Fresh{Release: f.Release, Function: f.Function, Instead: f.Instead})
		}
	}
}
