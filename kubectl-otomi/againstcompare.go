package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"reflect"
	"slices"

	"github.com/pmezard/go-difflib/difflib"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// comparison is what a revision and the working tree differ in. Its fields are the JSON form.
type comparison struct {
	head, base *workspace
	only       selection
	rev        string

	Rev         string         `json:"against"`
	Commit      string         `json:"commit"`
	Clusters    []clusterCount `json:"clusters"`
	Changes     []objectChange `json:"changes"`
	SecretFiles []fileChange   `json:"secretFiles"`
}

// The ways in which something differs.
const (
	added   = "added"
	changed = "changed"
	removed = "removed"
)

// clusterCount is how much differs in one cluster.
type clusterCount struct {
	Name        string `json:"name"`
	Op          string `json:"op,omitempty"` // added or removed: the whole cluster
	Added       int    `json:"added"`
	Changed     int    `json:"changed"`
	Removed     int    `json:"removed"`
	SecretFiles int    `json:"secretFiles"`
}

// objectChange is a difference in one object, in every cluster that has the same.
type objectChange struct {
	Op       string         `json:"op"`
	ID       object.ID      `json:"object"`
	Release  string         `json:"release"`
	Runlevel string         `json:"runlevel"`
	Clusters []string       `json:"clusters"`
	Before   map[string]any `json:"before,omitempty"`
	After    map[string]any `json:"after,omitempty"`
	Diff     string         `json:"diff"` // unified, of both as YAML
}

// fileChange is an encrypted file that differs. What it holds is nobody's business here.
type fileChange struct {
	Op       string   `json:"op"`
	File     string   `json:"file"`
	Clusters []string `json:"clusters"`
}

// compare finds the objects of one cluster that differ. What they hold of Secrets is masked.
func compare(before, after []object.Object) ([]objectChange, error) {
	old := map[object.ID]object.Object{}
	for _, o := range before {
		unmark(o)
		old[o.ID()] = o
	}
	var changes []objectChange
	for _, o := range after {
		unmark(o)
		was, both := old[o.ID()]
		delete(old, o.ID())
		switch {
		case !both:
			changes = append(changes, objectChange{Op: added, ID: o.ID(), Release: o.Release, Runlevel: o.Runlevel, After: o.Object})
		case !reflect.DeepEqual(was.Object, o.Object):
			changes = append(changes, objectChange{Op: changed, ID: o.ID(), Release: o.Release, Runlevel: o.Runlevel, Before: was.Object, After: o.Object})
		}
	}
	for id, o := range old {
		changes = append(changes, objectChange{Op: removed, ID: id, Release: o.Release, Runlevel: o.Runlevel, Before: o.Object})
	}
	for i := range changes {
		mask(&changes[i])
		if err := changes[i].text(); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// unmark takes away the mark of placeholders, which one side may have alone.
func unmark(o object.Object) {
	unstructured.RemoveNestedField(o.Object, "metadata", "annotations", object.SecretsKey)
}

// mask hides what a Secret holds, and shows whether it differs.
func mask(c *objectChange) {
	if c.ID.Kind != "Secret" || c.ID.Group != "" {
		return
	}
	for _, field := range []string{"data", "stringData"} {
		before, _ := c.Before[field].(map[string]any)
		after, _ := c.After[field].(map[string]any)
		for key, value := range before {
			if other, both := after[key]; both && reflect.DeepEqual(other, value) {
				before[key], after[key] = "<redacted>", "<redacted>"
				continue
			}
			before[key] = "<redacted, before>"
		}
		for key, value := range after {
			if value != "<redacted>" {
				after[key] = "<redacted, after>"
			}
		}
	}
}

// text makes the unified diff.
func (c *objectChange) text() error {
	diff := difflib.UnifiedDiff{FromFile: "before", ToFile: "after", Context: 3}
	for _, side := range []struct {
		from map[string]any
		to   *[]string
	}{{c.Before, &diff.A}, {c.After, &diff.B}} {
		if side.from == nil {
			continue
		}
		text, err := yaml.Marshal(side.from)
		if err != nil {
			return fmt.Errorf("write %s as YAML: %w", c.ID, err)
		}
		*side.to = difflib.SplitLines(string(bytes.TrimSuffix(text, []byte("\n"))))
	}
	var err error
	c.Diff, err = difflib.GetUnifiedDiffString(diff)
	return err
}

// add takes up the differences of one cluster; one that another cluster has too gets its name.
func (c *comparison) add(p pair, changes []objectChange) {
	n := clusterCount{Name: p.name}
	switch {
	case p.base == nil:
		n.Op = added
	case p.head == nil:
		n.Op = removed
	}
	for _, x := range changes {
		*map[string]*int{added: &n.Added, changed: &n.Changed, removed: &n.Removed}[x.Op]++
		i := slices.IndexFunc(c.Changes, x.same)
		if i < 0 {
			i, c.Changes = len(c.Changes), append(c.Changes, x)
		}
		c.Changes[i].Clusters = append(c.Changes[i].Clusters, p.name)
	}
	c.Clusters = append(c.Clusters, n)
}

func (c objectChange) same(other objectChange) bool {
	return c.Op == other.Op && c.ID == other.ID && c.Release == other.Release && c.Diff == other.Diff
}

// addSecrets compares the secret files of both sides, byte by byte: nobody needs a key for it.
func (c *comparison) addSecrets(cluster string, base, head *built) {
	seen := map[string]bool{}
	for _, layer := range slices.Concat(base.layers, head.layers) {
		name := layer.File.Name
		if !layer.File.Secret || layer.File.Flag || seen[name] {
			continue
		}
		seen[name] = true
		before, after := c.secret(base, c.base, name), c.secret(head, c.head, name)
		x := fileChange{Op: changed, File: name}
		switch {
		case bytes.Equal(before, after):
			continue
		case before == nil:
			x.Op = added
		case after == nil:
			x.Op = removed
		}
		i := slices.IndexFunc(c.SecretFiles, func(y fileChange) bool { return y.Op == x.Op && y.File == x.File })
		if i < 0 {
			i, c.SecretFiles = len(c.SecretFiles), append(c.SecretFiles, x)
		}
		c.SecretFiles[i].Clusters = append(c.SecretFiles[i].Clusters, cluster)
		c.Clusters[len(c.Clusters)-1].SecretFiles++
	}
}

// secret is the text of a layer of one side, nil where the cluster has no such layer there.
func (c *comparison) secret(b *built, w *workspace, name string) []byte {
	for _, layer := range b.layers {
		if layer.File.Name == name {
			data, _ := fs.ReadFile(w.fs, name) // it has just been read
			return data
		}
	}
	return nil
}

// sort puts the differences into the order in which they would be applied.
func (c *comparison) sort() {
	slices.SortStableFunc(c.Changes, func(a, b objectChange) int {
		return cmp.Or(cmp.Compare(a.Runlevel, b.Runlevel), cmp.Compare(a.Release, b.Release), a.ID.Compare(b.ID))
	})
	slices.SortStableFunc(c.SecretFiles, func(a, b fileChange) int { return cmp.Compare(a.File, b.File) })
}
