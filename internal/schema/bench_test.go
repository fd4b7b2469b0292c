package schema

import (
	"os"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
)

func BenchmarkUnite(b *testing.B) {
	data, err := os.ReadFile("../../../shared/fixtures/otomi-demo/core/platform/schema.yaml")
	if err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		_, _ = Unite(&source.File{Name: "schema.yaml", Data: data})
	}
}
