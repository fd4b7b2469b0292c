package inventory

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/object"
)

func sample(n int) *Inventory {
	inv := New(Ref{"otomi-system", "acme"}, Cluster{Name: "prod", UID: "u-1"})
	inv.State, inv.Generation, inv.ResourceVersion = Ready, 7, "42"
	inv.Versions = Versions{Plugin: "v0.4.2", Core: "0.4.2", CoreDigest: "abc"}
	var entries []Entry
	for i := range n {
		entries = append(entries, Entry{
			ID:      object.ID{Group: "apps", Kind: "Deployment", Namespace: fmt.Sprintf("ns-%d", i%7), Name: fmt.Sprintf("web-%d", i)},
			Version: "v1", Release: "r", Runlevel: "20", UID: types.UID(Digest([]byte(fmt.Sprint("uid", i)))),
			Hash: Digest([]byte(fmt.Sprint("hash", i))), Ours: Digest([]byte(fmt.Sprint("ours", i))), Created: true,
		})
	}
	inv.SetEntries(entries)
	inv.AddRun(Run{Started: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), Who: "me", State: Ready, Counts: map[string]int{"created": n}})
	return inv
}

// remembering gives an inventory n remembered values that cannot be compressed.
func remembering(inv *Inventory, n int) *Inventory {
	values := map[Call]Remembered{}
	for i := range n {
		r := Remembered{Call: Call{Release: fmt.Sprint("r", i%9), Function: "genCA", Args: Digest([]byte(fmt.Sprint(i)))}, Key: "key"}
		for j := range 30 {
			r.Value += Digest([]byte(fmt.Sprint(i, j)))
		}
		values[r.Call] = r
	}
	inv.Memory.Salt = []byte("salt")
	inv.Memory.SetValues(values)
	return inv
}

func TestRoundTrip(t *testing.T) {
	for _, c := range []struct {
		name       string
		entries    int
		remembered int
		limit      int
		sharded    bool
	}{
		{"empty", 0, 0, ShardLimit, false},
		{"one Secret", 50, 0, ShardLimit, false},
		{"one Secret that remembers", 50, 3, ShardLimit, false},
		{"shards", 2000, 0, 8 << 10, true},
		{"shards of both", 2000, 100, 8 << 10, true},
		{"shards of memory", 0, 100, 8 << 10, true},
		{"shards smaller than an entry", 5, 5, 10, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := sample(c.entries)
			if c.remembered > 0 {
				remembering(inv, c.remembered)
				inv.Format = rememberFormat
			}
			header, shards, err := encode(inv, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			if (len(shards) > 0) != c.sharded {
				t.Fatalf("encode made %d shards, want sharded = %v", len(shards), c.sharded)
			}
			names, err := ShardNames(header)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(header, shards)
			if err != nil {
				t.Fatal(err)
			}
			want := inv.Clone()
			want.Shards = names
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Decode(Encode(inv)) differs (-want +got):\n%s", diff)
			}
			if size := len(header.Data[bodyField]); c.limit > 1000 && size > c.limit {
				t.Errorf("the header has %d bytes, more than %d", size, c.limit)
			}
			for _, s := range shards {
				if c.limit > 1000 && len(s.Data[shardField]) > c.limit {
					t.Errorf("shard %s has %d bytes, more than %d", s.Name, len(s.Data[shardField]), c.limit)
				}
			}
		})
	}
}

func TestLargeSetFitsSecrets(t *testing.T) {
	header, shards, err := Encode(remembering(sample(30_000), 3000))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(shards, header) {
		size := 0
		for _, v := range s.Data {
			size += len(v)
		}
		if size > 1<<20 {
			t.Errorf("Secret %s has %d bytes; the API server takes 1 MiB", s.Name, size)
		}
	}
}

func TestOneChangeRewritesOneShard(t *testing.T) {
	inv := remembering(sample(2000), 100)
	_, before, err := encode(inv, 8<<10)
	if err != nil {
		t.Fatal(err)
	}
	inv.Entries[100].Hash = Digest([]byte("new"))
	_, after, err := encode(inv, 8<<10)
	if err != nil {
		t.Fatal(err)
	}
	fresh := countNew(before, after)
	if fresh != 1 || len(before) != len(after) {
		t.Errorf("a change of one entry rewrote %d of %d shards, want 1", fresh, len(after))
	}
}

// TestGrowthLeavesOtherShardsAlone: a set that grows rewrites no shard that its new entry does not belong to.
func TestGrowthLeavesOtherShardsAlone(t *testing.T) {
	inv, first := sample(300), 0
	_, before, err := encode(inv, 4<<10)
	if err != nil {
		t.Fatal(err)
	}
	first = len(before)
	for n := range 150 {
		e := inv.Entries[0]
		e.Name = fmt.Sprint("new-", n)
		inv.SetEntries(append(inv.Entries, e))
		_, after, err := encode(inv, 4<<10)
		if err != nil {
			t.Fatal(err)
		}
		if fresh := countNew(before, after); fresh > 2 {
			t.Fatalf("one more entry rewrote %d of %d shards, want one, or the two halves of one", fresh, len(after))
		}
		before = after
	}
	if len(before) <= first {
		t.Errorf("%d shards were never split; the test needs more entries", first)
	}
}

func countNew(before, after []*corev1.Secret) int {
	old := map[string]bool{}
	for _, s := range before {
		old[s.Name] = true
	}
	fresh := 0
	for _, s := range after {
		if !old[s.Name] {
			fresh++
		}
	}
	return fresh
}

func TestDecodeRefuses(t *testing.T) {
	encoded := func(change func(*corev1.Secret)) *corev1.Secret {
		header, _, err := Encode(sample(3))
		if err != nil {
			t.Fatal(err)
		}
		change(header)
		return header
	}
	for name, c := range map[string]struct {
		header *corev1.Secret
		want   string
	}{
		"another type": {encoded(func(s *corev1.Secret) { s.Type = corev1.SecretTypeOpaque }), "is no inventory"},
		"garbage":      {encoded(func(s *corev1.Secret) { s.Data[bodyField] = []byte("x") }), "read inventory otomi-system/acme"},
		"newer": {encoded(func(s *corev1.Secret) {
			s.Annotations[formatKey], s.Annotations[pluginKey], s.Data[bodyField] = fmt.Sprint(Format+1), "v0.9.0", []byte("unreadable")
		}), "install version v0.9.0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(c.header, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Decode = %v, want an error with %q", err, c.want)
			}
		})
	}
	var newer *NewerError
	_, err := Decode(encoded(func(s *corev1.Secret) { s.Annotations[formatKey] = fmt.Sprint(Format + 1) }), nil)
	if !errors.As(err, &newer) {
		t.Errorf("Decode of a newer format = %v, want a *NewerError", err)
	}
}

// TestFormat: what a version reads that knows the first format only, it does not forget when it writes.
func TestFormat(t *testing.T) {
	storing := sample(1)
	storing.Stored.Sets = []Set{{Run: 1}}
	hooked := sample(1)
	hooked.Entries[0].Hook, hooked.Entries[0].Manifest = true, "{}"
	for _, c := range []struct {
		inv  *Inventory
		want string
	}{{sample(1), "1"}, {remembering(sample(1), 1), "2"}, {storing, "3"}, {hooked, "4"}} {
		header, _, err := Encode(c.inv)
		if err != nil {
			t.Fatal(err)
		}
		if got := header.Annotations[formatKey]; got != c.want {
			t.Errorf("Encode wrote format %s, want %s", got, c.want)
		}
	}
}

func TestMemory(t *testing.T) {
	value := func(release, value string) Remembered {
		return Remembered{Call: Call{Release: release, Function: "f"}, Value: value}
	}
	memory := func(salt string, values ...Remembered) Memory { return Memory{Salt: []byte(salt), Values: values} }
	old := memory("s", value("a", "1"), value("b", "2"))
	got := old.With(memory("", value("b", "3"), value("c", "4")))
	if want := memory("s", value("a", "1"), value("b", "3"), value("c", "4")); !got.Equal(want) || got.Equal(old) {
		t.Errorf("With = %s, want %s", got.Values, want.Values)
	}
	old = memory("s", value("a", "hunter2"))
	if text := fmt.Sprintf("%v %+v %#v %s", old, old, old.Values, old.Values[0]); strings.Contains(text, "hunter2") {
		t.Errorf("a remembered value is printed: %s", text)
	}
}

func TestDecodeNoticesWrongShard(t *testing.T) {
	header, shards, err := encode(sample(2000), 8<<10)
	if err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if _, err := Decode(header, shards[1:]); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "inventory rebuild otomi-system/acme") {
		t.Errorf("Decode without one shard = %v, want it to say how to rebuild", err)
	}
	shards[0].Data[shardField] = shards[1].Data[shardField]
	if _, err := Decode(header, shards); !errors.As(err, &damaged) {
		t.Errorf("Decode with another shard's content = %v, want it damaged", err)
	}
}

func TestApplySet(t *testing.T) {
	header, _, err := Encode(sample(2))
	if err != nil {
		t.Fatal(err)
	}
	// printf %s acme.otomi-system.Secret. | openssl dgst -sha256 -binary | basenc --base64url
	want := map[string]string{LabelSetID: "applyset-" + strings.TrimSuffix(setDigest, "=") + "-v1"}
	if diff := cmp.Diff(want, header.Labels); diff != "" {
		t.Errorf("labels differ (-want +got):\n%s", diff)
	}
	if got := header.Annotations[toolingKey]; got != "kubectl-otomi/0.4.2" {
		t.Errorf("tooling = %q", got)
	}
	if got := header.Annotations[kindsKey]; got != "Deployment.apps" {
		t.Errorf("contains-group-kinds = %q", got)
	}
}

const setDigest = "4G7I3gruuvsydacpx9s80awpd7IQOiPnJcuBa1LTnsY="

func TestParseRef(t *testing.T) {
	for in, want := range map[string]Ref{"acme": {DefaultNamespace, "acme"}, "team-a/x.y": {"team-a", "x.y"}} {
		if got, err := ParseRef(in); err != nil || got != want {
			t.Errorf("ParseRef(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "/x", "a/", "a/b/c", "A", "a b"} {
		if got, err := ParseRef(in); err == nil {
			t.Errorf("ParseRef(%q) = %v, want an error", in, got)
		}
	}
}

func TestAddRunForgetsTheOldest(t *testing.T) {
	inv := New(Ref{"a", "b"}, Cluster{})
	for range MaxRuns + 5 {
		inv.AddRun(Run{})
	}
	if len(inv.Runs) != MaxRuns || inv.Runs[0].Number != 6 {
		t.Errorf("after %d runs: %d kept, the oldest is %d; want %d and 6", MaxRuns+5, len(inv.Runs), inv.Runs[0].Number, MaxRuns)
	}
}
