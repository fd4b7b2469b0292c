package bench

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// layers makes n layer files of about 6 KB over 400 apps. Most keys of an app are those of other layers too, some are
// random, so that the result grows with the layers.
func layers(n int) (fstest.MapFS, []repo.LayerFile) {
	r := rand.New(rand.NewPCG(7, 7))
	fsys := fstest.MapFS{}
	var files []repo.LayerFile
	for i := range n {
		var b strings.Builder
		b.WriteString("apps:\n")
		for _, app := range r.Perm(400)[:13] {
			fmt.Fprintf(&b, "  app%03d:\n    enabled: %v\n    resources:\n", app, r.IntN(2) == 0)
			for k := range 20 {
				fmt.Fprintf(&b, "      key%02d: value-%d\n", k*5+r.IntN(5), r.IntN(1000))
			}
			fmt.Fprintf(&b, "      random-%08x: %d\n", r.Uint32(), r.IntN(1000))
		}
		name := fmt.Sprintf("env/layer%05d.yaml", i)
		fsys[name] = &fstest.MapFile{Data: []byte(b.String())}
		files = append(files, repo.LayerFile{Path: name})
	}
	return fsys, files
}

// write puts layers on the disk, for programs that read files.
func write(tb testing.TB, fsys fs.FS) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func size(fsys fstest.MapFS) int {
	n := 0
	for _, f := range fsys {
		n += len(f.Data)
	}
	return n
}

// parse reads the files into yaml.v3's nodes, one after the other: the yardstick of time and, kept, of memory.
func parse(tb testing.TB, fsys fs.FS, files []repo.LayerFile) []*yaml.Node {
	tb.Helper()
	nodes := make([]*yaml.Node, 0, len(files))
	for _, f := range files {
		data, err := fs.ReadFile(fsys, f.Path)
		if err != nil {
			tb.Fatal(err)
		}
		var n yaml.Node
		if err := yaml.Unmarshal(data, &n); err != nil {
			tb.Fatal(err)
		}
		nodes = append(nodes, &n)
	}
	return nodes
}

// merge is what is measured: files become one tree in which every value knows its place.
func merge(tb testing.TB, fsys fs.FS, files []repo.LayerFile) *values.Tree {
	tb.Helper()
	l := values.Loader{FS: fsys}
	layers, findings := l.Load(files)
	tree, more := values.Merge(layers, nil)
	if len(findings)+len(more) > 0 {
		tb.Fatal(findings, more)
	}
	return tree
}

// plain merges the same files with yaml.v3 and maps, as the result to compare with.
func plain(tb testing.TB, fsys fs.FS, files []repo.LayerFile) map[string]any {
	tb.Helper()
	out := map[string]any{}
	for _, f := range files {
		data, err := fs.ReadFile(fsys, f.Path)
		if err != nil {
			tb.Fatal(err)
		}
		overlay(out, decoded(tb, data))
	}
	return out
}

func overlay(into, from map[string]any) {
	for k, v := range from {
		a, ok1 := into[k].(map[string]any)
		b, ok2 := v.(map[string]any)
		if ok1 && ok2 {
			overlay(a, b)
		} else {
			into[k] = v
		}
	}
}

// decoded is a document as plain values, with integers as this project has them.
func decoded(tb testing.TB, data []byte) map[string]any {
	tb.Helper()
	m := map[string]any{}
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&m); err != nil {
		tb.Fatal(err)
	}
	widen(m)
	return m
}

func widen(m map[string]any) {
	for k, v := range m {
		switch v := v.(type) {
		case int:
			m[k] = int64(v)
		case map[string]any:
			widen(v)
		}
	}
}

// agree fails where two results differ.
func agree(tb testing.TB, want, got map[string]any) {
	tb.Helper()
	if !reflect.DeepEqual(want, got) {
		tb.Fatal("the results differ")
	}
}
