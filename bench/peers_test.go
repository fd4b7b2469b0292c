package bench

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// BenchmarkMergePeers merges a hundred layers, from files to JSON, as yq and ytt do. A hundred, because both take more than
// linear time: yq needs minutes for a thousand. The result is checked first. The metrics are the peers' times, and how many
// times ours they are.
func BenchmarkMergePeers(b *testing.B) {
	fsys, files := layers(100)
	dir := write(b, fsys)
	for name, command := range map[string]func(testing.TB, string, []repo.LayerFile) *exec.Cmd{"yq": yq, "ytt": ytt} {
		b.Run(name, func(b *testing.B) {
			program, err := filepath.Abs("../bin/" + name)
			if err == nil {
				_, err = os.Stat(program)
			}
			if err != nil {
				b.Skipf("make builds %s where it can be had: %v", name, err)
			}
			agree(b, plain(b, fsys, files), fromJSON(b, run(b, command(b, program, files), dir)))
			against(b, command(b, program, files), dir, files, fsys)
		})
	}
}

// against runs the peer in turns with what is measured.
func against(b *testing.B, peer *exec.Cmd, dir string, files []repo.LayerFile, fsys fstest.MapFS) {
	b.Helper()
	b.SetBytes(int64(size(fsys)))
	var took time.Duration
	for b.Loop() {
		if _, err := (values.Print{}).JSON(merge(b, os.DirFS(dir), files).Root); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		start := time.Now()
		run(b, exec.Command(peer.Path, peer.Args[1:]...), dir)
		took += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "peer-s")
	b.ReportMetric(float64(took)/float64(b.Elapsed()), "x-faster")
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

// fromJSON is a peer's result with integers as this project has them.
func fromJSON(tb testing.TB, data []byte) map[string]any {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	m := map[string]any{}
	if err := d.Decode(&m); err != nil {
		tb.Fatal(err)
	}
	exact(m)
	return m
}

func exact(m map[string]any) {
	for k, v := range m {
		switch v := v.(type) {
		case json.Number:
			m[k], _ = v.Int64()
		case map[string]any:
			exact(v)
		}
	}
}
