package inventory

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// What marks the Secrets. The applyset names are Kubernetes' own: they keep other tools' hands off.
const (
	SecretType      corev1.SecretType = "otomi.io/inventory"
	ShardType       corev1.SecretType = "otomi.io/inventory-shard"
	LabelSetID                        = "applyset.kubernetes.io/id"
	LabelShardOf                      = "otomi.io/shard-of"
	toolingKey                        = "applyset.kubernetes.io/tooling"
	kindsKey                          = "applyset.kubernetes.io/contains-group-kinds"
	namespacesKey                     = "applyset.kubernetes.io/additional-namespaces"
	formatKey                         = "otomi.io/inventory-format"
	pluginKey                         = "otomi.io/plugin-version"
	bodyField                         = "inventory"
	shardField                        = "entries"
	annotationLimit                   = 128 << 10 // of 256 KiB that all annotations of an object may have together
)

// ShardLimit is how many bytes of compressed entries one Secret takes; the API server refuses more than 1 MiB.
const ShardLimit = 700 << 10

// shardItems is how many items one shard takes: what a change of one of them rewrites.
const shardItems = 2000

// body is what the header holds: the inventory, with its entries and its memory elsewhere when there are shards.
type body struct {
	Inventory
	Shards       []string `json:"shards,omitempty"`       // of entries
	MemoryShards []string `json:"memoryShards,omitempty"` // of remembered values
}

// Encode returns the Secret that holds the inventory and, when it is large, those that hold its entries and its memory. A
// shard's name is the digest of its content, so that writing the header last switches from one whole inventory to the next.
func Encode(inv *Inventory) (header *corev1.Secret, shards []*corev1.Secret, err error) {
	return encode(inv, ShardLimit)
}

func encode(inv *Inventory, limit int) (*corev1.Secret, []*corev1.Secret, error) {
	b := body{Inventory: *inv}
	switch {
	case slices.ContainsFunc(inv.Entries, func(e Entry) bool { return e.Hook }):
		b.Format = Format
	case len(inv.Stored.Sets) > 0:
		b.Format = storedFormat
	case len(inv.Memory.Values) > 0:
		b.Format = rememberFormat
	default:
		b.Format = firstFormat
	}
	packed, err := pack(b)
	var shards []*corev1.Secret
	if err == nil && len(packed) > limit && len(b.Entries) > 0 {
		if shards, err = split(inv.Ref, b.Entries, limit); err == nil {
			b.Entries, b.Shards = nil, namesOf(shards)
			packed, err = pack(b)
		}
	}
	if err == nil && len(packed) > limit && len(b.Memory.Values) > 0 {
		var more []*corev1.Secret
		if more, err = split(inv.Ref, b.Memory.Values, limit); err == nil {
			b.Memory.Values, b.MemoryShards = nil, namesOf(more)
			shards = append(shards, more...)
			packed, err = pack(b)
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("encode inventory %s: %w", inv.Ref, err)
	}
	return header(inv, b.Format, packed), shards, nil
}

func namesOf(shards []*corev1.Secret) []string {
	var names []string
	for _, s := range shards {
		names = append(names, s.Name)
	}
	return names
}

func header(inv *Inventory, format int, packed []byte) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       inv.Ref.Namespace,
			Name:            inv.Ref.Name,
			ResourceVersion: inv.ResourceVersion,
			Labels:          map[string]string{LabelSetID: inv.Ref.SetID()},
			Annotations: map[string]string{
				toolingKey:    object.FieldManager + "/" + strings.TrimPrefix(inv.Versions.Plugin, "v"),
				kindsKey:      bounded(groupKinds(inv.Entries)),
				namespacesKey: bounded(namespaces(inv)),
				formatKey:     fmt.Sprint(format),
				pluginKey:     inv.Versions.Plugin,
			},
		},
		Type: SecretType,
		Data: map[string][]byte{bodyField: packed},
	}
}

// split deals the items out by ranges of a digest of their identity. A range that is too large for one shard is halved, and its
// halves again: a change of one item rewrites one shard, and a shard that grows too large leaves the others as they are.
func split[T interface{ identity() string }](ref Ref, items []T, limit int) ([]*corev1.Secret, error) {
	places := make([]place[T], len(items))
	for i, item := range items {
		sum := sha256.Sum256([]byte(item.identity()))
		places[i] = place[T]{binary.BigEndian.Uint64(sum[:]), item}
	}
	return pour(ref, places, limit, 0)
}

// place is where an item belongs among the shards.
type place[T any] struct {
	at   uint64
	item T
}

// pour makes the shards of a range, all of whose digests begin with the same bits.
func pour[T any](ref Ref, places []place[T], limit, bits int) ([]*corev1.Secret, error) {
	if len(places) == 0 {
		return nil, nil // all of these would have one name
	}
	whole := len(places) == 1 || bits == 64
	if whole || len(places) <= shardItems {
		items := make([]T, len(places))
		for i, p := range places {
			items[i] = p.item
		}
		packed, err := pack(items)
		if err != nil {
			return nil, err
		}
		if whole || len(packed) <= limit {
			return []*corev1.Secret{shard(ref, packed)}, nil
		}
	}
	var halves [2][]place[T]
	for _, p := range places {
		half := p.at >> (63 - bits) & 1
		halves[half] = append(halves[half], p)
	}
	low, err := pour(ref, halves[0], limit, bits+1)
	if err != nil {
		return nil, err
	}
	high, err := pour(ref, halves[1], limit, bits+1)
	return append(low, high...), err
}

func shard(ref Ref, packed []byte) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: ref.Namespace, Name: shardName(ref, packed), Labels: map[string]string{LabelShardOf: ref.SetID()}},
		Immutable:  ptr.To(true),
		Type:       ShardType,
		Data:       map[string][]byte{shardField: packed},
	}
}

func (e Entry) identity() string {
	return e.Group + "\x00" + e.Kind + "\x00" + e.Namespace + "\x00" + e.Name
}

func (r Remembered) identity() string {
	return fmt.Sprintf("%s\x00%s\x00%s\x00%d", r.Release, r.Function, r.Args, r.Order)
}

func shardName(ref Ref, packed []byte) string {
	sum := sha256.Sum256(packed)
	return ref.Name + "-" + hex.EncodeToString(sum[:8])
}

func pack(v any) ([]byte, error) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// groupKinds lists the kinds of the members as ApplySet wants them: Kind.group, in order.
func groupKinds(entries []Entry) []string {
	set := map[string]bool{}
	for _, e := range entries {
		kind := e.Kind
		if e.Group != "" {
			kind += "." + e.Group
		}
		set[kind] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func namespaces(inv *Inventory) []string {
	set := map[string]bool{}
	for _, e := range inv.Entries {
		if e.Namespace != "" && e.Namespace != inv.Ref.Namespace {
			set[e.Namespace] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// bounded joins with commas and leaves out what would make the API server refuse the Secret: these annotations are for other
// tools, ours is the list of entries.
func bounded(items []string) string {
	s := strings.Join(items, ",")
	if len(s) <= annotationLimit {
		return s
	}
	return s[:strings.LastIndexByte(s[:annotationLimit], ',')]
}
