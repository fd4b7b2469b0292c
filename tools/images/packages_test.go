package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOtherSystem wants that the packages are not looked for where another system's are, and that it is said where they are.
func TestOtherSystem(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("SKIPPED, NOT TESTED: there is no apt-get, where make images leaves the image out")
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "tools/images"), os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	system := filepath.Join(dir, "os-release")
	if err := os.WriteFile(system, []byte("ID=ubuntu\nVERSION_CODENAME=noble\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", filepath.Join(dir, "tools/images/packages.sh"))
	cmd.Env = append(os.Environ(), "OS_RELEASE="+system)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Debian 12 (bookworm), which this system (ubuntu noble) does not have\nrun make in a container of Debian 12") {
		t.Errorf("packages.sh on Ubuntu: %v\n%s", err, out)
	}
}
