package trace

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// mostLikely is how many values are tried for a field at most: those that it comes from are nearly always among the first.
const mostLikely = 8

// leastBytes is what a rendering counts at least, for runlevels are rendered too.
const leastBytes = 16 << 10

// Behind are values of the tree that a field comes from, as far as few renderings tell: each is certain, but there may be
// others. Those are tried whose text or name the field has, each alone. A field that holds a map is left out, for too much
// stands in it. Budget is how many bytes of manifests may still be rendered; what was is taken off.
func (t *Tracer) Behind(ctx context.Context, path []string, budget *int) []Leaf {
	value, there := object.Field(t.object.Object, path)
	texts, simple := textsOf(value)
	if by, _ := t.Place(path); !there || !simple || by == Pipeline || *budget <= 0 {
		return nil
	}
	judge, ok := t.judging(ctx, path)
	if !ok {
		return nil
	}
	root := t.input.Tree.Root
	s := search{leaves: t.worded(distinct(leavesOf(root, nil)))}
	var found []Leaf
	for _, i := range t.likely(s.leaves, path, texts) {
		o := broken
		for trial := 0; o == broken && trial < len(s.leaves[i].trials); trial++ {
			if *budget <= 0 || ctx.Err() != nil {
				return found
			}
			in, chosen := t.input, map[int]int{i: trial}
			in.Tree = &values.Tree{Root: with(root, s.changes(chosen)), Layers: in.Tree.Layers, Rules: in.Tree.Rules}
			objects, ok := t.once(ctx, in, "tree", chosen)
			o = judge(objects, ok)
			*budget -= max(leastBytes, size(objects))
		}
		if o == changed {
			found = append(found, Leaf{Path: s.leaves[i].path, Node: s.leaves[i].node, Certainty: Exact})
		}
	}
	return found
}

func size(objects []object.Object) int {
	bytes := 0
	for _, o := range objects {
		bytes += len(o.Source.Text)
	}
	return bytes
}

// textsOf are the texts of a scalar or of a list of such.
func textsOf(value any) (texts []string, simple bool) {
	switch v := value.(type) {
	case map[string]any, nil:
		return nil, false
	case []any:
		for _, item := range v {
			more, simple := textsOf(item)
			if !simple {
				return nil, false
			}
			texts = append(texts, more...)
		}
		return texts, true
	default:
		return []string{fmt.Sprint(v)}, true
	}
}

// likely are the leaves that a field may come from, the likeliest first.
func (t *Tracer) likely(leaves []leaf, path, texts []string) []int {
	points := map[int]int{}
	var found []int
	for i, l := range leaves {
		if points[i] = t.points(l, path, texts); points[i] > 0 {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Compare(points[b], points[a]) })
	return found[:min(len(found), mostLikely)]
}

// points say how likely a field comes from a leaf: it has its text in it, or its name, and that it is the release's own tells
// it from others of the same text. Short texts are in everything.
func (t *Tracer) points(l leaf, path, texts []string) int {
	points := 0
	switch {
	case slices.Contains(texts, l.node.Text):
		points = 4
	case len(l.node.Text) > 2 && slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, l.node.Text) }):
		points = 3
	}
	if name := lastName(path); name != "" && strings.EqualFold(lastName(l.path), name) {
		points += 3
	}
	if points > 0 && slices.ContainsFunc(l.path, func(part string) bool { return part != "" && strings.HasSuffix(t.release.Name, part) }) {
		points++
	}
	return points
}

// lastName is the last part of a path that is no index.
func lastName(path []string) string {
	for _, part := range slices.Backward(path) {
		if _, err := strconv.Atoi(part); err != nil {
			return part
		}
	}
	return ""
}
