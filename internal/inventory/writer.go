package inventory

import (
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// writer is an archive that grows by a set.
type writer struct {
	*Archive
	sets   []Set
	deltas []*Delta
	packs  []Pack
	next   int // number of the next pack
	fresh  map[string]*corev1.Secret
}

func (a *Archive) writer() *writer {
	return &writer{
		Archive: a, sets: slices.Clone(a.stored.Sets), deltas: slices.Clone(a.deltas), packs: slices.Clone(a.stored.Packs),
		next: max(1, a.stored.Next), fresh: map[string]*corev1.Secret{},
	}
}

// put stores what the set has and the archive has not, and returns the set.
func (w *writer) put(set *Rendered) (*state, error) {
	known, s := w.known(), &state{items: map[slot]Item{}, releases: set.Releases}
	var fresh []content
	var places []slot
	add := func(item Item, make func() (content, error)) error {
		if was, there := known[item.Digest]; there && item.Digest != "" {
			item.Size, item.Pack = was.Size, was.Pack
		} else if make != nil {
			c, err := make()
			if err != nil {
				return err
			}
			item.Digest, item.Size = c.Digest, len(c.Raw)
			fresh, known[c.Digest] = append(fresh, c), item
		}
		s.items[item.slot()] = item
		places = append(places, item.slot())
		return nil
	}
	for _, o := range set.Objects {
		item := o.Item
		item.Size, item.Pack = 0, 0
		if o.Object == nil {
			if _, there := known[item.Digest]; !there {
				item.Digest = ""
			}
			_ = add(item, nil)
			continue
		}
		if err := add(item, func() (content, error) { return newContent(o.Object, set.Hides) }); err != nil {
			return nil, err
		}
	}
	for _, m := range byRelease(set.Memory) {
		text, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		c := content{Digest: Digest(text), Raw: text}
		item := Item{Release: m.Values[0].Release, Digest: c.Digest}
		if err := add(item, func() (content, error) { return c, nil }); err != nil {
			return nil, err
		}
	}
	in, err := w.pack(fresh)
	if err != nil {
		return nil, err
	}
	for _, at := range places {
		item := s.items[at]
		if n, there := in[item.Digest]; there {
			item.Pack, item.Size = n, known[item.Digest].Size
			s.items[at] = item
		}
	}
	return s, nil
}

// known are the contents that the packs hold.
func (w *writer) known() map[string]Item {
	known := map[string]Item{}
	packs := map[int]bool{}
	for _, p := range w.packs {
		packs[p.Number] = true
	}
	for _, d := range w.deltas {
		for _, item := range d.Items {
			if item.Digest != "" && packs[item.Pack] {
				known[item.Digest] = item
			}
		}
	}
	return known
}

// pack makes packs of contents and says which has what.
func (w *writer) pack(list []content) (map[string]int, error) {
	secrets, dealt, err := deal(w.ref, list, contentsField, w.shard)
	if err != nil {
		return nil, err
	}
	in := map[string]int{}
	for i, s := range secrets {
		p := Pack{Number: w.next, Name: s.Name, Bytes: len(s.Data[contentsField])}
		for _, c := range dealt[i] {
			in[c.Digest] = p.Number
			p.Raw += len(c.Raw)
		}
		w.next++
		w.packs, w.fresh[s.Name] = append(w.packs, p), s
	}
	return in, nil
}

// append adds a set to the log.
func (w *writer) append(run int64, next, last *state) {
	set := Set{Run: run}
	for at, item := range next.items {
		if at.Kind != "" && item.Digest == "" {
			set.Unknown++
		}
	}
	w.sets, w.deltas = append(w.sets, set), append(w.deltas, next.since(last))
}

// index makes Secrets of the large deltas that have none yet.
func (w *writer) index() error {
	for i, d := range w.deltas {
		set := &w.sets[i]
		if set.Delta != nil {
			continue
		}
		packed, err := pack(d)
		if err != nil {
			return err
		}
		if set.Delta = d; len(packed) <= smallDelta {
			continue
		}
		shards, _, err := deal(w.ref, d.Items, shardField, w.shard)
		if err != nil {
			return err
		}
		set.Delta = &Delta{Releases: d.Releases}
		for _, s := range shards {
			set.Shards, set.Bytes = append(set.Shards, s.Name), set.Bytes+len(s.Data[shardField])
			w.fresh[s.Name] = s
		}
	}
	return nil
}

// finish is what the inventory is to hold, and those of the Secrets made for it that are needed.
func (w *writer) finish() (Stored, []*corev1.Secret) {
	out := Stored{Since: w.stored.Since, Next: w.next, Sets: w.sets, Packs: w.packs}
	if out.Since == 0 {
		out.Since = w.sets[len(w.sets)-1].Run
	}
	var secrets []*corev1.Secret
	for _, name := range out.SecretNames() {
		if s, made := w.fresh[name]; made {
			secrets = append(secrets, s)
		}
	}
	return out, secrets
}

// newContent is a content with its digest, which of an object is its Hash.
func newContent(o map[string]any, hides func(map[string]any) []string) (content, error) {
	text, err := json.Marshal(o)
	c := content{Digest: Digest(text), Raw: text}
	if hides != nil {
		c.Secrets = hides(o)
	}
	return c, err
}

// byRelease is a memory in parts, one for each release that remembers something.
func byRelease(m Memory) []Memory {
	var parts []Memory
	for _, v := range m.Values { // in order of release
		if n := len(parts); n == 0 || parts[n-1].Values[0].Release != v.Release {
			parts = append(parts, Memory{Salt: m.Salt})
		}
		part := &parts[len(parts)-1]
		part.Values = append(part.Values, v)
	}
	return parts
}
