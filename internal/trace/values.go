package trace

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// values finds what a field depends on: in the tree, and in what the release's chart is given.
func (t *Tracer) values(ctx context.Context, f *Field) {
	judge, ok := t.judging(ctx, f.Path)
	if !ok {
		f.Complete = false
		return
	}
	var done [2]bool
	var alone bool
	f.Tree, alone, done[0] = t.tree(ctx, judge, f.At)
	f.Chart, done[1] = t.chart(ctx, judge, f.At)
	f.Tree = append(t.keys(ctx, f), f.Tree...)
	if !slices.ContainsFunc(f.Tree, func(l Leaf) bool { return l.Certainty == Exact }) {
		f.Together = len(f.Tree) == 0 && !alone
		f.Unproven = !t.readsNothing(ctx, f.By)
	}
	f.Complete = done[0] && done[1] && ctx.Err() == nil
}

// readsNothing reports whether what wrote a field reads no values.
func (t *Tracer) readsNothing(ctx context.Context, by Writer) bool {
	switch by {
	case Manifest, Kustomize:
		return true
	case Template:
		return render.ReadsNothing(ctx, t.input, t.release, t.object.GetAnnotations()[object.SourceKey])
	default:
		return false // the runlevel's template
	}
}

// around are values that conditions around a place look at, also in a list, of those of which nothing was found.
func (t *Tracer) around(s *search, at diag.Position) []Leaf {
	var found []Leaf
	paths := gotemplate.Around(t.texts[at.File], at)
	for i, l := range s.leaves {
		_, known := s.found[i]
		last := slices.Index(l.path, lastName(l.path)) + 1
		if !known && slices.ContainsFunc(paths, func(p []string) bool { return slices.Equal(p, l.path) || slices.Equal(p, l.path[:last]) }) {
			found = append(found, Leaf{Path: l.path, Node: l.node, Certainty: Possible})
		}
	}
	return found
}

// judging returns what tells what became of a field in another rendering; false: the release cannot be rendered.
func (t *Tracer) judging(ctx context.Context, path []string) (judge, bool) {
	was, ok := t.once(ctx, t.input, "tree", nil)
	if !ok {
		return nil, false
	}
	siblings := t.siblings(was)
	t.index, t.siblingsBefore = slices.IndexFunc(siblings, func(i int) bool { return was[i].ID() == t.object.ID() }), nil
	for _, i := range siblings {
		t.siblingsBefore = append(t.siblingsBefore, was[i].ID())
	}
	before, there := fieldOf(was, t.find(was), path)
	compare := func(objects []object.Object, at int) outcome {
		after, still := fieldOf(objects, at, path)
		return compared(before, there, after, still)
	}
	return func(objects []object.Object, ok bool) outcome {
		if !ok {
			return broken
		}
		at := t.find(objects)
		o := compare(objects, at)
		if o == same || at < 0 || t.follows(objects) {
			return o
		}
		if at := t.only(objects); at >= 0 {
			if o := compare(objects, at); o != same {
				return o
			}
		}
		return moved
	}, true
}

// compared says what became of a field.
func compared(before any, there bool, after any, still bool) outcome {
	switch {
	case there && !still:
		return gone
	case there != still || !reflect.DeepEqual(before, after):
		return changed
	}
	return same
}

type judge func(objects []object.Object, ok bool) outcome

// tree tries the tree's leaves, and says whether each was tried alone for nothing, and whether all were tried.
func (t *Tracer) tree(ctx context.Context, judge judge, at diag.Position) (found []Leaf, alone, all bool) {
	root := t.input.Tree.Root
	s := search{leaves: t.compare(t.worded(distinct(leavesOf(root, nil)))), left: Renders}
	s.render = func(chosen map[int]int) outcome {
		in := t.input
		in.Tree = &values.Tree{Root: with(root, s.changes(chosen)), Layers: in.Tree.Layers, Rules: in.Tree.Rules}
		return judge(t.once(ctx, in, "tree", chosen))
	}
	s.run(ctx)
	found = s.leavesFound()
	if t.release.Manifests != "" && t.release.ValuesTemplate == "" && at.File != t.release.At.File { // else .Values is not the tree
		found = append(found, t.around(&s, at)...)
	}
	return found, s.alone, !s.stopped
}

// chart tries the values that the chart or the manifests are given, and the chart's own defaults that show through. What conditions
// around the place look at is possible even if no trial showed it.
func (t *Tracer) chart(ctx context.Context, judge judge, at diag.Position) ([]Leaf, bool) {
	in := t.input
	derived, f := render.Derive(ctx, in)
	if f.Failed() {
		return nil, false
	}
	in.Tree = derived
	set, defaults, f := render.Values(ctx, in, t.release)
	if f.Failed() || set == nil && defaults == nil {
		return nil, !f.Failed()
	}
	keep := &values.Rules{KeepNull: true}
	keep.Rest = keep
	all, _ := values.MergeOnly([]values.Layer{{Root: defaults}, {Root: set}}, keep) // what is wrong with them, rendering says
	s := search{leaves: t.compare(distinct(leavesOf(all.Root, nil))), left: Renders}
	s.render = func(chosen map[int]int) outcome {
		in := t.input
		in.Values = map[string]*source.Node{t.release.Name: over(set, all.Root, with(all.Root, s.changes(chosen)))}
		return judge(t.once(ctx, in, "chart", chosen))
	}
	s.run(ctx)
	found := append(s.leavesFound(), t.around(&s, at)...)
	for i := range found {
		found[i].Default = set.Lookup(found[i].Path...) == nil
	}
	return found, !s.stopped
}

// over is what is set, with what of the whole was changed.
func over(set, before, after *source.Node) *source.Node {
	if before == after {
		return set
	}
	if after.Kind != source.Map {
		return after
	}
	out := &source.Node{Kind: source.Map, File: after.File}
	for i, key := range after.Keys {
		if item := over(set.Get(key.Name), before.Items[i], after.Items[i]); item != nil {
			out.Keys, out.Items = append(out.Keys, key), append(out.Items, item)
		}
	}
	return out
}

func (s *search) changes(chosen map[int]int) map[int]*source.Node {
	changes := make(map[int]*source.Node, len(chosen))
	for i, trial := range chosen {
		changes[i] = s.leaves[i].trial(trial)
	}
	return changes
}

// leavesFound are the leaves in order: those that say what the field is, those that decide whether it is there, possible ones.
func (s *search) leavesFound() []Leaf {
	var says, decides, possible []Leaf
	for _, i := range slices.Sorted(maps.Keys(s.found)) {
		switch l := s.found[i]; {
		case l.Certainty == Possible:
			possible = append(possible, l)
		case l.Decides:
			decides = append(decides, l)
		default:
			says = append(says, l)
		}
	}
	return slices.Concat(says, decides, possible)
}

// once renders the release, unless the same was tried for another field.
func (t *Tracer) once(ctx context.Context, in render.Input, of string, chosen map[int]int) ([]object.Object, bool) {
	key := of + fmt.Sprint(chosen) // maps are printed in the order of their keys
	r, known := t.rendered[key]
	if !known {
		r.objects, r.ok = t.objects(ctx, in)
		t.rendered[key] = r
	}
	return r.objects, r.ok
}

// objects renders the release alone, with the tree's derived values.
func (t *Tracer) objects(ctx context.Context, in render.Input) ([]object.Object, bool) {
	derived, f := render.Derive(ctx, in)
	if f.Failed() {
		return nil, false
	}
	in.Tree = derived
	releases, f := render.Releases(ctx, in)
	if f.Failed() {
		return nil, false
	}
	i := slices.IndexFunc(releases, func(r render.Release) bool { return r.Name == t.release.Name })
	if i < 0 && len(releases) == t.of {
		i = t.at // it has another name
	}
	if i < 0 || !releases[i].Enabled {
		return nil, true
	}
	objects, f := render.Objects(ctx, in, releases[i:i+1])
	if f.Failed() && t.find(objects) < 0 {
		return nil, false // else what is wrong is in another template
	}
	objects, f = patch.Apply(objects, render.Patches(releases[i:i+1]), t.images)
	return objects, !f.Failed()
}

// find is the object in what was rendered, or -1: the one of its name, else the one in its place in what its template wrote, if
// that is as many objects as before.
func (t *Tracer) find(objects []object.Object) int {
	if i := slices.IndexFunc(objects, func(o object.Object) bool { return o.ID() == t.object.ID() }); i >= 0 {
		return i
	}
	siblings := t.siblings(objects)
	if t.index < 0 || len(siblings) != len(t.siblingsBefore) || objects[siblings[t.index]].GetKind() != t.object.GetKind() {
		return -1
	}
	return siblings[t.index]
}

// siblings are the objects of the same template.
func (t *Tracer) siblings(objects []object.Object) []int {
	var found []int
	for i, o := range objects {
		if o.Source.File == t.object.Source.File {
			found = append(found, i)
		}
	}
	return found
}

// follows reports whether the object that find has found is surely the one that is looked for: it has its name, or its place has
// another name and no other object has changed places.
func (t *Tracer) follows(objects []object.Object) bool {
	if slices.ContainsFunc(objects, func(o object.Object) bool { return o.ID() == t.object.ID() }) {
		return true
	}
	for place, i := range t.siblings(objects) {
		before := slices.Index(t.siblingsBefore, objects[i].ID())
		if before >= 0 && before != place {
			return false
		}
	}
	return true
}

// only is the object that has got another name, where that is one and all others have kept theirs, or -1.
func (t *Tracer) only(objects []object.Object) int {
	siblings := t.siblings(objects)
	renamed := slices.DeleteFunc(slices.Clone(siblings), func(i int) bool { return slices.Contains(t.siblingsBefore, objects[i].ID()) })
	if len(siblings) != len(t.siblingsBefore) || len(renamed) != 1 || objects[renamed[0]].GetKind() != t.object.GetKind() {
		return -1
	}
	return renamed[0]
}

// fieldOf is the field of an object of those that were rendered.
func fieldOf(objects []object.Object, at int, path []string) (any, bool) {
	if at < 0 {
		return nil, false
	}
	return object.Field(objects[at].Object, path)
}
