package inventory

import (
	"slices"
)

// When a log is rewritten, and which packs are: what is written once a run must be few and little.
const (
	maxGone   = 16        // dropped sets that others build on
	maxSparse = 24        // packs that are small or of which little is needed
	small     = 8         // the part of a Secret that a small pack has
	slack     = 256 << 10 // garbage that is not worth the while
)

// fit drops the oldest sets until the rest takes no more room than it may.
func (w *writer) fit() error {
	compacted := false
	for {
		if err := w.index(); err != nil {
			return err
		}
		live := w.live()
		w.packs = slices.DeleteFunc(w.packs, func(p Pack) bool { return live[p.Number] == 0 })
		needed, bytes := w.needed(live), w.bytes()
		switch {
		case needed > w.limit, compacted && bytes > w.limit:
			if !w.forget() {
				return ErrTooLarge
			}
			compacted = false
		case bytes > w.limit, !compacted && w.wasteful(live, needed, bytes):
			if err := w.compact(live); err != nil {
				return err
			}
			compacted = true
		default:
			return nil
		}
	}
}

// first is the index of the oldest set that is kept.
func (w *writer) first() int {
	return slices.IndexFunc(w.sets, func(s Set) bool { return !s.Gone })
}

// forget drops the oldest set, but not the only one.
func (w *writer) forget() bool {
	first := w.first()
	if first == len(w.sets)-1 {
		return false
	}
	w.sets[first].Gone = true
	return true
}

// live is how many bytes of each pack, not compressed, the kept sets need.
func (w *writer) live() map[int]int {
	live := map[int]int{}
	for _, item := range w.needs() {
		live[item.Pack] += item.Size
	}
	return live
}

// needs are the contents of the kept sets: those of the oldest, and what the later ones changed.
func (w *writer) needs() map[string]Item {
	needs := map[string]Item{}
	first := w.first()
	base := &state{}
	for _, d := range w.deltas[:first+1] {
		base.apply(d)
	}
	for _, item := range base.items {
		needs[item.Digest] = item
	}
	for _, d := range w.deltas[first+1:] {
		for _, item := range d.Items {
			needs[item.Digest] = item
		}
	}
	delete(needs, "") // not known, or removed
	return needs
}

// bytes is what is stored.
func (w *writer) bytes() int {
	n := 0
	for _, p := range w.packs {
		n += p.Bytes
	}
	for _, s := range w.sets {
		n += s.Bytes
	}
	return n
}

// needed is about what would be stored without garbage.
func (w *writer) needed(live map[int]int) int {
	n := 0
	for _, p := range w.packs {
		n += int(int64(p.Bytes) * int64(live[p.Number]) / int64(p.Raw))
	}
	for _, s := range w.sets {
		n += s.Bytes
	}
	return n
}

func (w *writer) wasteful(live map[int]int, needed, bytes int) bool {
	return w.first() > maxGone || bytes-needed > max(needed, slack) || len(w.sparse(live)) > maxSparse
}

// sparse are the packs that are small or of which less than half is needed.
func (w *writer) sparse(live map[int]int) []Pack {
	return slices.DeleteFunc(slices.Clone(w.packs), func(p Pack) bool { return p.Bytes >= w.shard/small && 2*live[p.Number] >= p.Raw })
}

// compact makes the oldest kept set the first one and puts what is left of sparse packs together.
func (w *writer) compact(live map[int]int) error {
	moved, err := w.repack(w.sparse(live))
	if err != nil {
		return err
	}
	first, base := w.first(), &state{}
	for _, d := range w.deltas[:first+1] {
		base.apply(d)
	}
	w.sets, w.deltas = slices.Clone(w.sets[first:]), slices.Clone(w.deltas[first:])
	w.deltas[0] = base.since(&state{})
	for i, d := range w.deltas {
		d = &Delta{Items: slices.Clone(d.Items), Releases: d.Releases}
		changed := i == 0
		for j, item := range d.Items {
			if n, there := moved[item.Digest]; there {
				d.Items[j].Pack, changed = n, true
			}
		}
		if changed {
			w.deltas[i] = d
			w.sets[i].Delta, w.sets[i].Shards, w.sets[i].Bytes = nil, nil, 0
		}
	}
	return nil
}

// repack writes what is needed of packs into others, and says where it is.
func (w *writer) repack(packs []Pack) (map[string]int, error) {
	if len(packs) == 0 {
		return nil, nil
	}
	needs := w.needs()
	var list []content
	for _, p := range packs {
		s, made := w.fresh[p.Name]
		if !made {
			read, err := w.secrets([]string{p.Name})
			if err != nil {
				return nil, err
			}
			s = read[0]
		}
		more, err := readPack(w.ref, s)
		if err != nil {
			return nil, err
		}
		for _, c := range more {
			if item, needed := needs[c.Digest]; needed && item.Pack == p.Number {
				list = append(list, c)
			}
		}
		w.packs = slices.DeleteFunc(w.packs, func(other Pack) bool { return other.Number == p.Number })
	}
	return w.pack(list)
}
