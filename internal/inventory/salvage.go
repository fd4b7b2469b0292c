package inventory

import (
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Salvage is what can still be read of a damaged inventory besides its entries: whose it is, its runs, and what charts remember. The
// header is nil where there is none; shards are those that could be found, by name.
func Salvage(ref Ref, header *corev1.Secret, shards map[string]*corev1.Secret) (*Inventory, error) {
	if header == nil {
		return New(ref, Cluster{}), nil
	}
	b, err := readHeader(header)
	var damaged *DamagedError
	switch {
	case errors.As(err, &damaged):
		inv := New(ref, Cluster{})
		inv.ResourceVersion = header.ResourceVersion
		return inv, nil
	case err != nil:
		return nil, err // somebody else's Secret, or a newer version's, is not ours to write
	}
	inv := b.Inventory
	inv.Ref, inv.ResourceVersion, inv.Entries = ref, header.ResourceVersion, nil
	for name, s := range shards {
		inv.Shards = append(inv.Shards, name) // still there: the next write does without them
		if !slices.Contains(b.MemoryShards, name) {
			continue
		}
		if more, err := readShards[Remembered](ref, nil, []string{name}, []*corev1.Secret{s}); err == nil {
			inv.Memory.Values = append(inv.Memory.Values, more...)
		}
	}
	inv.Memory.SetValues(inv.Memory.ByCall())
	return &inv, nil
}
