package bench

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// fixture is a real values repo of four clusters, which lies beside the repository where there is one.
const fixture = "../../shared/fixtures/otomi-demo"

// BenchmarkMergeFixture merges the trees of all the fixture's clusters, with its core's schema and defaults: a file that
// several clusters share is read once. It is measured in this process, without printing. x-parse is the time in relation to yaml.v3 parsing each of these files once.
func BenchmarkMergeFixture(b *testing.B) {
	root, r := demo(b)
	opener := core.Opener{Dir: func(p string) (fs.FS, error) { return fs.Sub(root.FS(), path.Clean(p)) }}
	stack, more := opener.Open(r.CoreOf(&r.Clusters[0]), "")
	s, evenMore := schema.Load(stack)
	if more.Failed() || evenMore.Failed() {
		b.Fatal(more, evenMore)
	}
	var files [4][]repo.LayerFile // by cluster
	var each []repo.LayerFile
	for i := range r.Clusters {
		files[i], _ = r.Files(root.FS(), &r.Clusters[i])
		each = append(each, files[i]...)
	}
	slices.SortFunc(each, func(a, b repo.LayerFile) int { return strings.Compare(a.Path, b.Path) })
	each = slices.CompactFunc(each, func(a, b repo.LayerFile) bool { return a.Path == b.Path })
	if len(r.Clusters) != 4 || len(each) < 20 {
		b.Fatalf("the fixture has %d clusters and %d files", len(r.Clusters), len(each))
	}
	var limit time.Duration
	for b.Loop() {
		clusters(b, files[:], root.FS(), stack, s)
		b.StopTimer()
		start := time.Now()
		parse(b, root.FS(), each)
		limit += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(limit), "x-parse")
}

// demo opens the fixture.
func demo(b *testing.B) (*os.Root, *repo.Repo) {
	b.Helper()
	if _, err := os.Stat(fixture); err != nil {
		b.Skipf("no fixture: %v", err)
	}
	root, err := os.OpenRoot(fixture)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = root.Close() })
	r, findings := repo.Load(root.FS(), fixture)
	if findings.Failed() {
		b.Fatal(findings)
	}
	return root, r
}

// clusters makes the tree of every cluster.
func clusters(tb testing.TB, files [][]repo.LayerFile, fsys fs.FS, stack core.Stack, s *schema.Schema) {
	tb.Helper()
	l := values.Loader{FS: fsys}
	for _, of := range files {
		lowest, findings := values.Defaults(stack)
		layers, more := l.Load(of)
		tree, last := values.Merge(append(lowest, layers...), s.Rules())
		if findings.Failed() || more.Failed() || last.Failed() || len(tree.Root.Keys) < 5 {
			tb.Fatal(findings, more, last, len(tree.Root.Keys))
		}
	}
}
