package inputs_test

import (
	"testing"
	"testing/fstest"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
)

func TestFiles(t *testing.T) {
	texts := map[string][]byte{"a.yaml": []byte("a"), "d/b.yaml": []byte("b"), "d/e/c": {}, "d-x": []byte("x"), "d/e-f": nil}
	if err := fstest.TestFS(inputs.NewFiles(texts), "a.yaml", "d/b.yaml", "d/e/c", "d-x", "d/e-f"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(inputs.NewFiles(nil)); err != nil {
		t.Errorf("without files: %v", err)
	}
}
