// Package module finds what Go modules carry beside code: charts, schemas and the like that tests hold ours against without a copy of
// it in this repository.
package module

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// Dir is the folder of a module, PATH@VERSION, in Go's cache, downloaded when it is not there. Versions are pinned, and Go checks what
// it downloads.
func Dir(t testing.TB, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", path)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &m); err != nil || jsonErr != nil || m.Dir == "" {
		t.Fatalf("download %s: %v %s", path, err, m.Error)
	}
	return m.Dir
}
