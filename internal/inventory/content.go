package inventory

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// contentsField is where a pack has its contents.
const contentsField = "contents"

// content is what an object is, as JSON, or what a release remembers.
type content struct {
	Digest  string          `json:"digest"`
	Raw     json.RawMessage `json:"content"`
	Secrets []string        `json:"secrets,omitempty"`
}

// object is the content as objects are held: integers stay exact.
func (c content) object() (map[string]any, error) {
	if have := Digest(c.Raw); have != c.Digest {
		return nil, fmt.Errorf("its content is damaged: the digest is %s, not %s", have, c.Digest)
	}
	var m map[string]any
	return m, utiljson.Unmarshal(c.Raw, &m)
}

// remembered adds the content to a memory.
func (c content) remembered(into *Memory) error {
	var m Memory
	if err := json.Unmarshal(c.Raw, &m); err != nil {
		return err
	}
	into.Salt, into.Values = m.Salt, append(into.Values, m.Values...)
	return nil
}

// contents reads the packs that hold the items, by digest; all have to be there.
func (a *Archive) contents(items map[string]Item) (map[string]content, error) {
	found, err := a.held(items)
	if err != nil {
		return nil, err
	}
	for digest, item := range items {
		if _, there := found[digest]; digest != "" && !there {
			return nil, fmt.Errorf("read stored sets of %s: the content of %s is missing", a.ref, item.ID)
		}
	}
	return found, nil
}

// held reads what the packs have of the items, by digest.
func (a *Archive) held(items map[string]Item) (map[string]content, error) {
	numbers := map[int]bool{}
	for digest, item := range items {
		if digest != "" {
			numbers[item.Pack] = true
		}
	}
	var names []string
	for _, p := range a.stored.Packs {
		if numbers[p.Number] {
			names = append(names, p.Name)
		}
	}
	secrets, err := a.secrets(names)
	if err != nil {
		return nil, err
	}
	found := map[string]content{}
	for _, s := range secrets {
		list, err := readPack(a.ref, s)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if _, wanted := items[c.Digest]; wanted {
				found[c.Digest] = c
			}
		}
	}
	return found, nil
}

func readPack(ref Ref, s *corev1.Secret) ([]content, error) {
	packed := s.Data[contentsField]
	if have := shardName(ref, packed); s.Name != have {
		return nil, fmt.Errorf("read stored sets of %s: Secret %s: its content does not belong to its name, but to %s", ref, s.Name, have)
	}
	var list []content
	if err := unpack(packed, &list); err != nil {
		return nil, fmt.Errorf("read stored sets of %s: Secret %s: %w", ref, s.Name, err)
	}
	return list, nil
}

// deal puts a list into as few Secrets as it fits in, and says what is in each. Neighbours stay together: they compress each
// other.
func deal[T any](ref Ref, list []T, field string, limit int) ([]*corev1.Secret, [][]T, error) {
	if len(list) == 0 {
		return nil, nil, nil
	}
	packed, err := pack(list)
	if err != nil {
		return nil, nil, err
	}
	if len(packed) <= limit || len(list) == 1 {
		if len(packed) > maxSecret {
			return nil, nil, ErrTooLarge
		}
		s := shard(ref, packed)
		s.Data = map[string][]byte{field: packed}
		return []*corev1.Secret{s}, [][]T{list}, nil
	}
	parts := len(packed)/limit + 1
	var secrets []*corev1.Secret
	var dealt [][]T
	for part := range slices.Chunk(list, (len(list)+parts-1)/parts) {
		s, d, err := deal(ref, part, field, limit)
		if err != nil {
			return nil, nil, err
		}
		secrets, dealt = append(secrets, s...), append(dealt, d...)
	}
	return secrets, dealt, nil
}

// maxSecret is what the API server takes in one Secret, with room for its metadata.
const maxSecret = 1<<20 - 16<<10
