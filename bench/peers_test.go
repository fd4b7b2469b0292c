package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// full names the variable that asks for what takes minutes as well.
const full = "OTOMI_BENCH_FULL"

// BenchmarkMergePeers merges what yq and ytt merge as well: layers made for it, and those of the fixture's clusters without
// schema and defaults, which the peers do not know. Results are checked first, and then both sides take turns. Ours is the
// time in this process, from files on the disk to JSON in memory; the peers' is that of a process for every tree, its start
// included. The metrics are the peer's seconds, and how many times ours they are. yq needs minutes for a thousand layers, so
// it merges them with OTOMI_BENCH_FULL=1 only.
func BenchmarkMergePeers(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("%d-layers", n), func(b *testing.B) {
			fsys, files := layers(n)
			w := workload{dir: write(b, fsys), trees: [][]repo.LayerFile{files}, bytes: size(fsys), slow: n > 100}
			agree(b, plain(b, fsys, files), integers(decode(b, w.ours(b, files))))
			w.peers(b)
		})
	}
	b.Run("fixture", func(b *testing.B) {
		root, r := demo(b)
		w := workload{dir: fixture}
		for i := range r.Clusters {
			files, _ := r.Files(root.FS(), &r.Clusters[i])
			w.trees = append(w.trees, files)
			for _, f := range files {
				info, err := root.Stat(f.Path)
				if err != nil {
					b.Fatal(err)
				}
				w.bytes += int(info.Size())
			}
		}
		w.peers(b)
	})
}

// workload is what both sides merge: trees, each of files in a folder.
type workload struct {
	dir   string
	trees [][]repo.LayerFile
	bytes int
	slow  bool // it takes yq minutes
}

func (w workload) peers(b *testing.B) {
	b.Helper()
	for name, command := range map[string]func(testing.TB, string, []repo.LayerFile) *exec.Cmd{"yq": yq, "ytt": ytt} {
		b.Run(name, func(b *testing.B) {
			program, err := filepath.Abs("../bin/" + name)
			if err == nil {
				_, err = os.Stat(program)
			}
			if err != nil {
				b.Skipf("make builds %s where it can be had: %v", name, err)
			}
			if w.slow && name == "yq" && os.Getenv(full) == "" {
				b.Skipf("yq takes minutes for this: %s=1 asks for it", full)
			}
			w.against(b, func(files []repo.LayerFile) *exec.Cmd { return command(b, program, files) })
		})
	}
}

// against runs the peer in turns with what is measured, until that has taken some seconds.
func (w workload) against(b *testing.B, peer func([]repo.LayerFile) *exec.Cmd) {
	b.Helper()
	for _, files := range w.trees {
		agree(b, decode(b, run(b, peer(files), w.dir)), decode(b, w.ours(b, files)))
	}
	b.SetBytes(int64(w.bytes))
	var took time.Duration
	var turns int
	for b.Loop() {
		for _, files := range w.trees {
			w.ours(b, files)
		}
		if took > 5*time.Second {
			continue
		}
		b.StopTimer()
		turns++
		for _, files := range w.trees {
			cmd := peer(files)
			start := time.Now()
			run(b, cmd, w.dir)
			took += time.Since(start)
		}
		b.StartTimer()
	}
	each := took.Seconds() / float64(turns)
	b.ReportMetric(each, "peer-s")
	b.ReportMetric(each/(b.Elapsed().Seconds()/float64(b.N)), "x-faster")
}

// ours merges files from the disk to JSON. Nothing of the fixture is secret: its secrets are placeholders.
func (w workload) ours(tb testing.TB, files []repo.LayerFile) []byte {
	tb.Helper()
	l := values.Loader{FS: os.DirFS(w.dir)}
	layers, findings := l.Load(files)
	tree, more := values.Merge(layers, nil)
	if findings.Failed() || more.Failed() {
		tb.Fatal(findings, more)
	}
	out, err := values.Print{Secrets: true}.JSON(tree.Root)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func yq(_ testing.TB, program string, files []repo.LayerFile) *exec.Cmd {
	args := []string{"eval-all", "-o=json", ". as $item ireduce ({}; . * $item)"}
	for _, f := range files {
		args = append(args, f.Path)
	}
	return exec.Command(program, args...)
}

func ytt(tb testing.TB, program string, files []repo.LayerFile) *exec.Cmd {
	tb.Helper()
	// A '=' in the name, which folders of tests have from theirs, would rename the file.
	template := filepath.Join(tb.TempDir(), "all.yaml")
	if err := os.WriteFile(template, []byte("#@ load(\"@ytt:data\", \"data\")\n--- #@ data.values\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	args := []string{"-o", "json", "-f", template}
	for _, f := range files {
		args = append(args, "--data-values-file", f.Path)
	}
	return exec.Command(program, args...)
}

func run(tb testing.TB, cmd *exec.Cmd, dir string) []byte {
	tb.Helper()
	var out, complaints bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &complaints
	if err := cmd.Run(); err != nil {
		tb.Fatalf("%v\n%s", err, complaints.Bytes())
	}
	return out.Bytes()
}

// decode reads a result as JSON, with numbers as they are written.
func decode(tb testing.TB, data []byte) map[string]any {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	m := map[string]any{}
	if err := d.Decode(&m); err != nil {
		tb.Fatal(err)
	}
	return m
}

// integers makes the numbers of a result into integers as this project has them.
func integers(m map[string]any) map[string]any {
	for k, v := range m {
		switch v := v.(type) {
		case json.Number:
			m[k], _ = v.Int64()
		case map[string]any:
			integers(v)
		}
	}
	return m
}
