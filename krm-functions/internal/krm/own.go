package krm

import (
	"fmt"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Owner is what items that the function makes are marked with: the name of its functionConfig, or its own where the
// orchestrator gives that none.
func (l *List) Owner() string {
	switch {
	case l.Config == nil:
		return ""
	case l.anonymous():
		return l.function
	}
	return l.Config.Name()
}

// anonymous reports whether the functionConfig has no name of its own: all that are made of options are called the same.
func (l *List) anonymous() bool {
	return l.Config == nil || l.flat() && l.Config.Name() == unnamed
}

// Own makes the items that carry this function's mark those given: what is there and has not changed keeps its bytes, what
// has changed is replaced where it stands, what is not among them any more goes, and what is new comes last. An item that
// is there without the mark is not ours to replace: an error. The mark and, on new items, the wire annotations are added
// here; file is the path below the package that a new item is to have.
func (l *List) Own(wanted []*Item, file func(*Item) string, owns func(*Item) bool) diag.Findings {
	byID, findings := l.mark(wanted)
	if findings.Failed() {
		return findings
	}
	kept, gone := make([]*Item, 0, len(l.Items)+len(wanted)), []*Item(nil)
	seen := map[object.ID]bool{}
	for _, item := range l.Items {
		id := item.ID()
		w := byID[id]
		owner := item.Annotation(object.RenderedByKey)
		mine := owner == l.Owner() && owns(item)
		switch {
		case w == nil && !mine, w == nil && item.Kind() == "":
			kept = append(kept, item)
		case w == nil:
			gone = append(gone, item)
		case !mine || seen[id]:
			findings = append(findings, l.foreign(item, owner))
		default:
			seen[id] = true
			kept = append(kept, item.become(w))
		}
	}
	if findings = append(findings, l.removals(gone)...); findings.Failed() {
		return findings
	}
	paths := takenPaths(kept)
	for _, w := range wanted {
		if !seen[w.ID()] {
			w.place(file(w), paths)
			kept = append(kept, w)
		}
	}
	l.Items, l.gone = kept, append(l.gone, gone...)
	return findings
}

// mark marks what is rendered. What its template says to orchestrators is not theirs: it was copied from another item.
func (l *List) mark(wanted []*Item) (map[object.ID]*Item, diag.Findings) {
	byID := map[object.ID]*Item{}
	var findings diag.Findings
	for _, w := range wanted {
		w.drop(copied)
		if f := w.SetAnnotation(object.RenderedByKey, l.Owner()); f != nil {
			findings = append(findings, *f)
		}
		byID[w.ID()] = w
	}
	return byID, findings
}

// copied reports an annotation that says something of the item that it came with, and nothing true of a new one.
func copied(key string) bool {
	hints := []string{"kustomize.config.k8s.io/needs-hash", "kustomize.config.k8s.io/behavior"} // which are for generators to set
	return key == "config.kubernetes.io/function" || Wire(key) && !slices.Contains(hints, key)
}

// removals says of every item that goes whose it was: a functionConfig of the same name may have rendered it, and still do so.
// Where the name is nobody's own, that is so likely that nothing may go.
func (l *List) removals(gone []*Item) diag.Findings {
	var findings diag.Findings
	for _, item := range gone {
		at := diag.Position{File: item.Path()}
		f := diag.Infof("removed-item", at, "the item is removed: the functionConfig %q rendered it and does not any more", l.Owner())
		if l.anonymous() || l.shared {
			f = diag.Errorf("removed-item", at, "the item is not rendered any more, and whether this function had rendered it is unknown: its functionConfig has no name of its own").
				WithHint("give the functionConfig a name, in a file that configPath or --fn-config names; or delete the item")
		}
		f.Object = item.ID().String()
		findings = append(findings, f)
	}
	return findings
}

func (l *List) foreign(item *Item, owner string) diag.Finding {
	f := diag.Errorf("foreign-item", diag.Position{File: item.Path()}, "the function renders an item of this identity, and the one in the stream has another origin").
		WithHint("remove one of the two")
	switch owner {
	case "":
	case l.Owner():
		f.Message = "the stream has this item twice"
	default:
		f.Message = fmt.Sprintf("the function renders an item of this identity, and the one in the stream is rendered by %s", owner)
	}
	f.Object = item.ID().String()
	return f
}
