package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEditor(t *testing.T) {
	for _, c := range []struct {
		visual, editor, system string
		want                   []string
		from                   string
	}{
		{"", "", "linux", []string{"vi"}, ""},
		{"", "", "windows", []string{"notepad"}, ""},
		{"", "code --wait", "linux", []string{"code", "--wait"}, "EDITOR"},
		{"emacs", "vim", "darwin", []string{"emacs"}, "VISUAL"},
		{" ", "vim", "linux", []string{"vim"}, "EDITOR"},
		{"", `'my editor' a\ b`, "linux", []string{"my editor", "a b"}, "EDITOR"},
		{"", `C:\Windows\notepad.exe`, "windows", []string{`C:\Windows\notepad.exe`}, "EDITOR"},
		{"", `"C:\Program Files\Vim\vim.exe" -n`, "windows", []string{`C:\Program Files\Vim\vim.exe`, "-n"}, "EDITOR"},
	} {
		t.Setenv("VISUAL", c.visual)
		t.Setenv("EDITOR", c.editor)
		command, from := editor(c.system)
		got, err := splitCommand(command, c.system)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" || from != c.from {
			t.Errorf("%q, %q on %s: of %q, want %q, %v (-want +got):\n%s", c.visual, c.editor, c.system, from, c.from, err, diff)
		}
	}
}

// TestScratchIsGone: with the plain text goes whatever an editor has left beside it.
func TestScratchIsGone(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "")
	s, _, err := newScratch(t.TempDir(), "a.yaml", []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "backup", "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, ".a.yaml.swp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(s.dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", s.dir, err)
	}
	s.dir += "/." // what no system removes
	if s.remove() == nil {
		t.Error("what could not be removed is not told")
	}
}
