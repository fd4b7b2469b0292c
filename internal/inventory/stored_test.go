package inventory

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// vault is a cluster's Secrets: what is stored goes in, and what no inventory names any more goes out.
type vault struct {
	*testing.T
	inv     *Inventory
	secrets map[string]*corev1.Secret
	limit   int
	shard   int
	written int // bytes of Secrets in the last run
	reads   int // Secrets
}

func newVault(t *testing.T) *vault {
	return &vault{T: t, inv: New(Ref{"otomi-system", "acme"}, Cluster{}), secrets: map[string]*corev1.Secret{}, limit: storedLimit, shard: ShardLimit}
}

func (v *vault) open() *Archive {
	v.Helper()
	a, err := Open(v.inv, func(names []string) ([]*corev1.Secret, error) {
		var out []*corev1.Secret
		for _, name := range names {
			s, found := v.secrets[name]
			if !found {
				return nil, fmt.Errorf("no Secret %s", name)
			}
			v.reads++
			out = append(out, s)
		}
		return out, nil
	})
	if err != nil {
		v.Fatal(err)
	}
	a.limit, a.shard = v.limit, v.shard
	return a
}

// add stores a run's set and goes through the encoding of the inventory, as a write to a cluster does.
func (v *vault) add(set *Rendered, keep int) error {
	v.Helper()
	stored, secrets, err := v.open().Add(set, keep)
	if err != nil {
		return err
	}
	v.written = 0
	for _, s := range secrets {
		if s.Type != ShardType || s.Labels[LabelShardOf] != v.inv.Ref.SetID() {
			v.Errorf("Secret %s has type %s and labels %v", s.Name, s.Type, s.Labels)
		}
		for _, data := range s.Data {
			v.written += len(data)
		}
		v.secrets[s.Name] = s
	}
	v.inv.Stored = stored
	header, shards, err := Encode(v.inv)
	if err != nil {
		v.Fatal(err)
	}
	if v.inv, err = Decode(header, shards); err != nil {
		v.Fatal(err)
	}
	total := 0
	maps.DeleteFunc(v.secrets, func(name string, s *corev1.Secret) bool {
		for _, data := range s.Data {
			if total += len(data); len(data) > 1<<20 {
				v.Errorf("Secret %s has %d bytes", name, len(data))
			}
		}
		return !slices.Contains(stored.SecretNames(), name)
	})
	return nil
}

func (v *vault) size() int {
	n := 0
	for _, s := range v.secrets {
		for _, data := range s.Data {
			n += len(data)
		}
	}
	return n
}

func (v *vault) runs() (runs []int64) {
	for _, s := range v.inv.Stored.Restorable() {
		runs = append(runs, s.Run)
	}
	return runs
}

// rendered makes a set of ConfigMaps.
func rendered(run int64, values map[string]string) *Rendered {
	set := &Rendered{Run: run, Releases: map[string]RenderedRelease{"main": {Needs: []string{"db"}, Timeout: time.Minute}}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		o := map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "n"},
			"data": map[string]any{"key": values[name], "number": int64(9007199254740993), "part": 1.5, "text": "<&>\u2028"},
		}
		digest, _ := Hash(o)
		set.Objects = append(set.Objects, RenderedObject{
			Item:   Item{ID: object.ID{Kind: "ConfigMap", Namespace: "n", Name: name}, Release: "main", Runlevel: "20", Digest: digest},
			Object: o, Secrets: []string{"secret of " + name},
		})
	}
	set.Hides = func(o map[string]any) []string {
		name, _, _ := unstructured.NestedString(o, "metadata", "name")
		return []string{"secret of " + name}
	}
	return set
}

// same compares sets less where their contents are stored.
func same(t *testing.T, want, got *Rendered) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Item{}, "Size", "Pack"), cmpopts.IgnoreFields(Rendered{}, "Hides"), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("Restore(%d) differs (-want +got):\n%s", want.Run, diff)
	}
}

// TestStoredSets: after any history of runs every set that is kept is given back exactly as it was, within the limits.
func TestStoredSets(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			v := newVault(t)
			v.shard, v.limit = 300+random.IntN(4000), 3000+random.IntN(200_000)
			values, sets, keep := map[string]string{}, map[int64]*Rendered{}, 1+random.IntN(12)
			for run := int64(1); run <= 50; run++ {
				for range random.IntN(1 + random.IntN(12)) {
					name := fmt.Sprintf("c-%02d", random.IntN(30))
					values[name] = fmt.Sprint(random.IntN(4), strings.Repeat(Digest([]byte(fmt.Sprint(random.Uint64()))), random.IntN(8)))
					if random.IntN(3) == 0 {
						delete(values, name)
					}
				}
				set := rendered(run, values)
				if random.IntN(3) > 0 {
					set.Memory = remembering(New(Ref{}, Cluster{}), 1+random.IntN(20)).Memory
				}
				if random.IntN(5) == 0 {
					set.Releases = nil
				}
				if err := v.add(set, keep); err != nil {
					if !errors.Is(err, ErrTooLarge) {
						t.Fatal(err)
					}
					continue
				}
				sets[run] = set
				runs := v.runs()
				if len(runs) == 0 || len(runs) > keep || runs[len(runs)-1] != run {
					t.Fatalf("after run %d the sets of %v are stored, want at most %d and the last", run, runs, keep)
				}
				if v.size() > v.limit {
					t.Fatalf("after run %d there are %d bytes, the limit is %d", run, v.size(), v.limit)
				}
				for _, n := range []int64{runs[0], runs[random.IntN(len(runs))]} {
					got, err := v.open().Restore(n)
					if err != nil {
						t.Fatal(err)
					}
					same(t, sets[n], got)
				}
			}
		})
	}
}

// TestStoredSetsWriteLittle holds how much a run of 10,000 objects writes, and how often it reads.
func TestStoredSetsWriteLittle(t *testing.T) {
	v, values := newVault(t), map[string]string{}
	for i := range 10_000 {
		values[fmt.Sprintf("config-%05d", i)] = Digest([]byte(fmt.Sprint(i))) + strings.Repeat("some text that is the same everywhere ", 20)
	}
	set := rendered(1, values)
	add := func(run int64) {
		t.Helper()
		v.reads, set.Run = 0, run
		if err := v.add(set, 10); err != nil {
			t.Fatal(err)
		}
		header, _, err := Encode(v.inv)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("run %d wrote %d bytes into Secrets and read %d; %d Secrets with %d bytes are stored, the header has %d",
			run, v.written, v.reads, len(v.secrets), v.size(), len(header.Data[bodyField]))
	}
	add(1)
	add(2)
	if v.written != 0 {
		t.Errorf("a run that changed nothing wrote %d bytes, want none", v.written)
	}
	rewritten := 0
	for run := int64(3); run <= 40; run++ {
		set.Objects[4711] = rendered(run, map[string]string{"config-04711": fmt.Sprint(run)}).Objects[0]
		add(run)
		switch {
		case v.written <= 1<<10 && v.reads == 1:
		case v.written < 300<<10:
			rewritten++ // the log, once in a while
		default:
			t.Errorf("run %d changed one object: it wrote %d bytes and read %d Secrets", run, v.written, v.reads)
		}
	}
	if rewritten > 2 || len(v.secrets) > 20 {
		t.Errorf("%d of 38 runs rewrote the log, and there are %d Secrets; want at most 2, and 20", rewritten, len(v.secrets))
	}
}

// TestStoredContentsOnce: what does not differ is stored once, however often it comes back.
func TestStoredContentsOnce(t *testing.T) {
	v := newVault(t)
	one, two := rendered(1, map[string]string{"a": "1", "b": "1"}), rendered(2, map[string]string{"a": "2", "b": "1"})
	for run := int64(1); run <= 8; run += 2 {
		one.Run, two.Run = run, run+1
		for _, set := range []*Rendered{one, two} {
			if err := v.add(set, 10); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(v.inv.Stored.Packs); n != 2 {
		t.Errorf("two sets in turns made %d packs, want 2", n)
	}
}

// TestStoredUnknown: an object whose content nobody stored is in the set, without it.
func TestStoredUnknown(t *testing.T) {
	v := newVault(t)
	set := rendered(3, map[string]string{"a": "1", "b": "1"})
	set.Objects[0].Object = nil
	if err := v.add(set, 10); err != nil {
		t.Fatal(err)
	}
	if got := v.inv.Stored.Restorable(); len(got) != 1 || got[0].Unknown != 1 || v.inv.Stored.Since != 3 {
		t.Errorf("stored = %+v, want run 3 with one unknown object", v.inv.Stored)
	}
	const why = "the contents of 1 of its objects were never stored"
	if possible, reason := v.inv.Restorable(Run{Number: 3}); possible || !strings.HasPrefix(reason, why) {
		t.Errorf("Restorable = %v, %q, want %q", possible, reason, why)
	}
	got, err := v.open().Restore(3)
	if err != nil || len(got.Objects) != 2 || got.Objects[0].Object != nil || got.Objects[1].Object == nil {
		t.Errorf("Restore = %+v, %v, want two objects, the first without content", got, err)
	}
	last := v.open().Last()
	if len(last) != 2 || last[0].Digest != "" || last[1].Digest != set.Objects[1].Digest {
		t.Errorf("Last = %+v", last)
	}
}

// TestStoredDamage: what is missing or was changed is never given back as if it were whole.
func TestStoredDamage(t *testing.T) {
	for name, damage := range map[string]func(v *vault, s *corev1.Secret){
		"missing": func(v *vault, s *corev1.Secret) { delete(v.secrets, s.Name) },
		"changed": func(_ *vault, s *corev1.Secret) { s.Data[contentsField] = []byte("x") },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			if err := v.add(rendered(1, map[string]string{"a": "1"}), 10); err != nil {
				t.Fatal(err)
			}
			for _, s := range v.secrets {
				damage(v, s)
			}
			if _, err := v.open().Restore(1); err == nil {
				t.Error("Restore = nil, want an error")
			}
		})
	}
	if _, err := newVault(t).open().Restore(1); err == nil {
		t.Error("Restore of a run that is not stored = nil, want an error")
	}
}

// TestStoredTooLarge: a set that does not fit leaves the others alone; one that fits drives out old ones.
func TestStoredTooLarge(t *testing.T) {
	v := newVault(t)
	v.limit = 1400
	noise := func(n int) (s string) {
		for i := range n {
			s += Digest([]byte(fmt.Sprint(i, n)))
		}
		return s
	}
	for run := int64(1); run <= 3; run++ {
		if err := v.add(rendered(run, map[string]string{"a": noise(30 + int(run))}), 10); err != nil {
			t.Fatal(err)
		}
	}
	if runs := v.runs(); slices.Contains(runs, 1) || !slices.Contains(runs, 3) {
		t.Errorf("sets of runs %v are stored, want the newest that fit", runs)
	}
	before := v.runs()
	if err := v.add(rendered(4, map[string]string{"a": noise(500)}), 10); !errors.Is(err, ErrTooLarge) || !slices.Equal(v.runs(), before) {
		t.Errorf("Add of a set larger than the limit = %v, stored %v; want ErrTooLarge and %v", err, v.runs(), before)
	}
}
