// Package bench measures the project against its peers: make bench.
package bench

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// layers makes n layer files over 400 apps with random settings.
func layers(n int) (fstest.MapFS, []repo.LayerFile) {
	r := rand.New(rand.NewPCG(7, 7))
	fsys := fstest.MapFS{}
	var files []repo.LayerFile
	for i := range n {
		var b strings.Builder
		b.WriteString("apps:\n")
		for range 12 {
			fmt.Fprintf(&b, "  app%03d-%d:\n    enabled: %v\n", r.IntN(400), i%7, r.IntN(2) == 0)
			for k := range 20 {
				fmt.Fprintf(&b, "    key%02d: value-%d\n", k*5+r.IntN(5), r.IntN(1000))
			}
		}
		name := fmt.Sprintf("env/layer%05d.yaml", i)
		fsys[name] = &fstest.MapFile{Data: dedupe(b.String())}
		files = append(files, repo.LayerFile{Path: name})
	}
	return fsys, files
}

// dedupe drops apps that a layer has twice.
func dedupe(text string) []byte {
	seen := map[string]bool{}
	var out bytes.Buffer
	skip := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  app") {
			skip = seen[line]
			seen[line] = true
		}
		if !skip {
			out.WriteString(line)
		}
	}
	return out.Bytes()
}

// parse is the limit: reading the same bytes into yaml.v3's nodes.
func parse(tb testing.TB, fsys fs.FS, files []repo.LayerFile) {
	for _, f := range files {
		data, err := fs.ReadFile(fsys, f.Path)
		if err != nil {
			tb.Fatal(err)
		}
		var n yaml.Node
		if err := yaml.Unmarshal(data, &n); err != nil {
			tb.Fatal(err)
		}
	}
}

func merge(tb testing.TB, fsys fs.FS, files []repo.LayerFile) *values.Tree {
	l := values.Loader{FS: fsys}
	layers, findings := l.Load(files)
	tree, more := values.Merge(layers, nil)
	if len(findings)+len(more) > 0 {
		tb.Fatal(findings, more)
	}
	return tree
}

// plain merges with maps, as the result to compare with.
func plain(into, from map[string]any) {
	for k, v := range from {
		a, ok1 := into[k].(map[string]any)
		b, ok2 := v.(map[string]any)
		if ok1 && ok2 {
			plain(a, b)
		} else {
			into[k] = v
		}
	}
}

// BenchmarkMerge merges layers with the place of every value. The metric is the time in relation to parsing alone.
func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("layers=%d", n), func(b *testing.B) {
			fsys, files := layers(n)
			want := map[string]any{}
			size := 0
			for _, f := range files {
				m := map[string]any{}
				if err := yaml.Unmarshal(fsys[f.Path].Data, &m); err != nil {
					b.Fatal(err)
				}
				plain(want, m)
				size += len(fsys[f.Path].Data)
			}
			got := merge(b, fsys, files).Value()
			if diff := cmp.Diff(slim(want), slim(got)); diff != "" {
				b.Fatalf("the results differ:\n%s", diff)
			}
			var limit time.Duration // in turns with what is measured, so that both see the same machine
			b.SetBytes(int64(size))
			for b.Loop() {
				merge(b, fsys, files)
				b.StopTimer()
				start := time.Now()
				parse(b, fsys, files)
				limit += time.Since(start)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(limit), "x-parse")
		})
	}
}

// slim copies maps so that both sides have the same types.
func slim(m map[string]any) map[string]any {
	out := maps.Clone(m)
	for k, v := range out {
		if c, ok := v.(map[string]any); ok {
			out[k] = slim(c)
		}
	}
	return out
}
