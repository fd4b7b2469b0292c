package inventory

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// NewerError is an inventory that a newer version of the plugin wrote in a layout this one does not know.
type NewerError struct {
	Ref    Ref
	Format int
	Plugin string // the version that wrote it
}

// Error says which version to install.
func (e *NewerError) Error() string {
	return fmt.Sprintf("read inventory %s: its format %d is newer than this version reads (%d); install version %s or newer",
		e.Ref, e.Format, Format, e.Plugin)
}

// DamagedError is an inventory of which parts are missing or cannot be read.
type DamagedError struct {
	Ref   Ref
	Cause error
}

// Error says how to make it whole again.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("read inventory %s: it is damaged: %v\nmake it anew of what the cluster holds: kubectl otomi inventory rebuild %s", e.Ref, e.Cause, e.Ref)
}

// Unwrap is what is wrong with it.
func (e *DamagedError) Unwrap() error { return e.Cause }

// maxUnpacked bounds what a few bytes of gzip can make us allocate: some 500,000 entries.
const maxUnpacked = 256 << 20

// ShardNames reads which other Secrets hold the entries and the memory; none for a small inventory.
func ShardNames(header *corev1.Secret) ([]string, error) {
	b, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	return slices.Concat(b.Shards, b.MemoryShards), nil
}

// Decode reads the inventory from its Secret and the Secrets that ShardNames names, in that order.
func Decode(header *corev1.Secret, shards []*corev1.Secret) (*Inventory, error) {
	b, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	inv := b.Inventory
	inv.Ref = Ref{Namespace: header.Namespace, Name: header.Name}
	inv.ResourceVersion = header.ResourceVersion
	inv.Shards = slices.Concat(b.Shards, b.MemoryShards)
	if len(shards) != len(inv.Shards) {
		return nil, &DamagedError{inv.Ref, fmt.Errorf("have %d of its %d shards", len(shards), len(inv.Shards))}
	}
	if inv.Entries, err = readShards(inv.Ref, inv.Entries, b.Shards, shards); err != nil {
		return nil, err
	}
	if inv.Memory.Values, err = readShards(inv.Ref, inv.Memory.Values, b.MemoryShards, shards[len(b.Shards):]); err != nil {
		return nil, err
	}
	inv.SetEntries(inv.Entries)
	slices.SortFunc(inv.Memory.Values, func(a, b Remembered) int { return a.Compare(b.Call) })
	return &inv, nil
}

func readHeader(s *corev1.Secret) (*body, error) {
	ref := Ref{Namespace: s.Namespace, Name: s.Name}
	if s.Type != SecretType {
		return nil, fmt.Errorf("read inventory %s: the Secret of that name is no inventory, its type is %q; name another one", ref, s.Type)
	}
	// The annotation is read before the body: a newer body need not be readable at all.
	if format, err := strconv.Atoi(s.Annotations[formatKey]); err == nil && format > Format {
		return nil, &NewerError{Ref: ref, Format: format, Plugin: s.Annotations[pluginKey]}
	}
	b := &body{}
	if err := unpack(s.Data[bodyField], b); err != nil {
		return nil, &DamagedError{ref, err}
	}
	if b.Format > Format {
		return nil, &NewerError{Ref: ref, Format: b.Format, Plugin: b.Versions.Plugin}
	}
	return b, nil
}

// readShards adds the items in the shards of these names to those of the header.
func readShards[T any](ref Ref, items []T, names []string, shards []*corev1.Secret) ([]T, error) {
	for i, name := range names {
		var more []T
		packed := shards[i].Data[shardField]
		if have := shardName(ref, packed); shards[i].Name != name || have != name {
			return nil, &DamagedError{ref, fmt.Errorf("shard %s: its content does not belong to its name, but to %s", name, have)}
		}
		if err := unpack(packed, &more); err != nil {
			return nil, &DamagedError{ref, fmt.Errorf("shard %s: %w", name, err)}
		}
		items = append(items, more...)
	}
	return items, nil
}

func unpack(packed []byte, into any) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1))
	if err != nil {
		return err
	}
	if len(data) > maxUnpacked {
		return fmt.Errorf("larger than %d bytes", maxUnpacked)
	}
	return json.Unmarshal(data, into)
}
