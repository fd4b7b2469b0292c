package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// judge finds the highest keys below a node that nothing reads. at is the node's path in the tree.
func (u *unread) judge(n *source.Node, reads []*gotemplate.Reads, at []string) {
	if !handedOn(reads) {
		u.members(n, reads, at)
	}
}

// members judges what is in a node of which not all is read.
func (u *unread) members(n *source.Node, reads []*gotemplate.Reads, at []string) {
	if n == nil || n.Kind.Scalar() {
		return
	}
	for i, item := range n.Items {
		name := strconv.Itoa(i)
		if n.Kind == source.Map {
			name = n.Keys[i].Name
		}
		below := append(at[:len(at):len(at)], name)
		found := membersOf(reads, name)
		switch {
		case len(found) > 0:
			u.judge(item, found, below)
		case n.Kind == source.Map && item.Kind != source.Null && u.counts(reads, at):
			u.report(n.Keys[i], item, reads, below)
		}
	}
}

// handedOn reports whether all of a value is read, or it alone and no member is asked for.
func handedOn(reads []*gotemplate.Reads) bool {
	members := false
	for _, r := range reads {
		if r.Whole {
			return true
		}
		members = members || r.Any != nil || len(r.Keys) > 0
	}
	return !members
}

func membersOf(reads []*gotemplate.Reads, name string) []*gotemplate.Reads {
	var out []*gotemplate.Reads
	for _, r := range reads {
		if m := r.Keys[name]; m != nil {
			out = append(out, m)
		}
		if r.Any != nil {
			out = append(out, r.Any)
		}
	}
	return out
}

// counts reports whether the map would be what it is without the key, to a template that asks whether it is empty.
func (u *unread) counts(reads []*gotemplate.Reads, at []string) bool {
	if !slices.ContainsFunc(reads, func(r *gotemplate.Reads) bool { return r.Empty }) {
		return true
	}
	if u.of != nil {
		at = at[3:]
	}
	all := u.known.Lookup(at...)
	return all != nil && slices.ContainsFunc(all.Names(), func(name string) bool { return len(membersOf(reads, name)) > 0 })
}

// report warns about one key; where several files set it, once.
func (u *unread) report(key source.Key, item *source.Node, reads []*gotemplate.Reads, at []string) {
	where := key.At()
	if !u.files[key.File] {
		if !u.files[item.File] {
			return
		}
		where = item.At()
	}
	what := source.Path(at)
	if i, known := u.found[what]; known {
		if f := &u.findings[i]; f.At != where {
			*f = f.WithNote(where, "it is set here too")
		}
		return
	}
	f := diag.Warningf("unread-value", where, "%s", u.nobody()).WithPath(what)
	names := map[string]bool{}
	for _, r := range reads {
		for name := range r.Keys {
			names[name] = true
		}
	}
	if u.of != nil {
		for name := range u.defaultsAt(at[3 : len(at)-1]) {
			names[name] = true
		}
	}
	delete(names, key.Name)
	f.Hint = diag.DidYouMean(key.Name, slices.Sorted(maps.Keys(names)))
	f.Quiet = hidden(item)
	u.found[what] = len(u.findings)
	u.findings = append(u.findings, f)
}

// nobody says who does not read a value.
func (u *unread) nobody() string {
	switch r := u.of; {
	case r == nil:
		return "no template reads this value"
	case r.Kustomize != "":
		return fmt.Sprintf("release %q is a kustomization, which reads no values", r.Name)
	case r.Chart != "":
		return fmt.Sprintf("no template of the chart %s reads this value", r.Chart)
	default:
		return fmt.Sprintf("no manifest of release %q reads this value", r.Name)
	}
}

// defaultsAt are the chart's own values at a path.
func (u *unread) defaultsAt(at []string) map[string]any {
	m := u.defaults
	for _, key := range at {
		m, _ = m[key].(map[string]any)
	}
	return m
}

// hidden reports whether a value is a secret or holds one.
func hidden(n *source.Node) bool { return n.Hidden() || slices.ContainsFunc(n.Items, hidden) }
