package bench

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// archiveLimit is how large the archive that people download may be, in bytes.
const archiveLimit = 40_000_000

// BenchmarkSize packs the plugin as a release does. It prints what the program consists of, and the sizes of every platform that
// make release has built.
func BenchmarkSize(b *testing.B) {
	file := program(b, "kubectl-otomi")
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var packed bytes.Buffer
	for b.Loop() {
		packed.Reset()
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(text))/1e6, "program-MB")
	b.ReportMetric(float64(packed.Len())/1e6, "archive-MB")
	if packed.Len() > archiveLimit {
		b.Errorf("the archive has %d bytes, more than %d", packed.Len(), archiveLimit)
	}
	out, err := exec.Command("go", "run", "../tools/size", file).CombinedOutput()
	if err != nil {
		b.Fatalf("size: %v\n%s", err, out)
	}
	b.Logf("\n%s", out)
	for _, pattern := range []string{"../dist/programs/*/kubectl-otomi*", "../dist/kubectl-otomi_*.[tz]*"} {
		built, err := filepath.Glob(pattern)
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range built {
			if info, err := os.Stat(name); err == nil {
				b.Logf("%5.1f MB %s", float64(info.Size())/1e6, name)
			}
		}
	}
}
