package inventory

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
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

// maxUnpacked bounds what a few bytes of gzip can make us allocate: some 500,000 entries.
const maxUnpacked = 256 << 20

// ShardNames reads which other Secrets hold the entries; none for a small inventory.
func ShardNames(header *corev1.Secret) ([]string, error) {
	b, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	return b.Shards, nil
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
	inv.Shards = b.Shards
	if len(shards) != len(b.Shards) {
		return nil, fmt.Errorf("read inventory %s: have %d of its %d shards", inv.Ref, len(shards), len(b.Shards))
	}
	entries := inv.Entries
	for i, s := range shards {
		more, err := readShard(inv.Ref, b.Shards[i], s)
		if err != nil {
			return nil, fmt.Errorf("read inventory %s: shard %s: %w", inv.Ref, b.Shards[i], err)
		}
		entries = append(entries, more...)
	}
	inv.SetEntries(entries)
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
		return nil, fmt.Errorf("read inventory %s: %w", ref, err)
	}
	if b.Format > Format {
		return nil, &NewerError{Ref: ref, Format: b.Format, Plugin: b.Versions.Plugin}
	}
	return b, nil
}

func readShard(ref Ref, name string, s *corev1.Secret) ([]Entry, error) {
	packed := s.Data[shardField]
	if have := shardName(ref, packed); s.Name != name || have != name {
		return nil, fmt.Errorf("its content does not belong to its name, but to %s", have)
	}
	var entries []Entry
	return entries, unpack(packed, &entries)
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
