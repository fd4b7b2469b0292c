package release

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestFiles installs from the files of a release, as whoever tries one out does.
func TestFiles(t *testing.T) {
	dist := pack(t, "v1.0.0", "https://example.invalid")
	t.Run("install", func(t *testing.T) { install(t, dist) })
	t.Run("platforms", func(t *testing.T) { platforms(t, dist) })
	t.Run("tampered", func(t *testing.T) { tampered(t, dist) })
}

// own is the archive for this machine.
func own(dist string) string {
	return dist + "/kubectl-otomi_v1.0.0_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"
}

// install begins in a home that has nothing.
func install(t *testing.T, dist string) {
	u := newUser(t)
	out := u.must("kubectl", "krew", "install", "--manifest="+dist+"/plugins.yaml", "--archive="+own(dist))
	if !strings.Contains(out, "Installed plugin: otomi") || !strings.Contains(out, "kubectl otomi init my-platform") {
		t.Errorf("krew says:\n%s", out)
	}
	if out := u.must("kubectl", "otomi", "version"); !strings.HasPrefix(out, "client ") {
		t.Errorf("the plugin says:\n%s", out)
	}
	store := filepath.Join(u.root, "store", "otomi", "v1.0.0")
	for _, name := range []string{"LICENSE", "kubectl_complete-otomi"} {
		if _, err := os.Stat(filepath.Join(store, name)); err != nil {
			t.Error(err)
		}
	}
	// kubectl runs the script when it completes a command of the plugin, from wherever the user puts it.
	if out := u.must(filepath.Join(store, "kubectl_complete-otomi"), "versi"); !strings.HasPrefix(out, "version\t") {
		t.Errorf("the completion of versi is %q", out)
	}
}

// tampered changes an archive after it was packed.
func tampered(t *testing.T, dist string) {
	u := newUser(t)
	f, err := os.OpenFile(own(dist), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("more"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := u.run("kubectl", "krew", "install", "--manifest="+dist+"/plugins.yaml", "--archive="+own(dist))
	if err == nil || !strings.Contains(out, "checksum does not match") {
		t.Errorf("%v: krew says:\n%s", err, out)
	}
	if out, err := u.run("kubectl", "otomi", "version"); err == nil {
		t.Errorf("the plugin that was refused says:\n%s", out)
	}
	sums := exec.Command("sha256sum", "--check", "--quiet", "checksums.txt")
	sums.Dir = dist
	if out, err := sums.CombinedOutput(); err == nil || strings.Count(string(out), "FAILED\n") != 1 {
		t.Errorf("%v: sha256sum says:\n%s", err, out)
	}
}

// platforms installs every platform's archive, and has krew's own validator judge the manifest.
func platforms(t *testing.T, dist string) {
	newUser(t).must("validate-krew-manifest", "-skip-install", "-manifest="+dist+"/otomi.yaml")
	archives, err := filepath.Glob(dist + "/kubectl-otomi_v1.0.0_*_*.[tz]*")
	if err != nil || len(archives) != 6 {
		t.Fatalf("%v: %q", err, archives)
	}
	for _, archive := range archives {
		name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(archive), "kubectl-otomi_v1.0.0_"), ".")
		system, arch, _ := strings.Cut(name, "_")
		u := newUser(t)
		u.env = append(u.env, "KREW_OS="+system, "KREW_ARCH="+arch)
		u.must("kubectl", "krew", "install", "--manifest="+dist+"/plugins.yaml", "--archive="+archive)
		link := filepath.Join(u.root, "bin", "kubectl-otomi")
		if system == "windows" {
			link += ".exe"
		}
		if info, err := os.Stat(link); err != nil || info.Mode()&0o100 == 0 {
			t.Errorf("%s/%s: %v: the program is not linked, or not executable", system, arch, err)
		}
	}
}

// TestUpgrade follows two releases through an index, with what krew downloads.
func TestUpgrade(t *testing.T) {
	u, served := newUser(t), t.TempDir()
	server := httptest.NewServer(http.FileServer(http.Dir(served)))
	defer server.Close()
	index := filepath.Join(t.TempDir(), "index")
	u.env = append(u.env, "KREW_DEFAULT_INDEX_URI="+index)
	u.must("git", "init", "--quiet", "-b", "main", index)

	publish := func(version string) {
		dist := pack(t, version, server.URL)
		if err := os.Rename(dist, filepath.Join(served, version)); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(served, version, "otomi.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(index, "plugins"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(index, "plugins", "otomi.yaml"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		u.must("git", "-C", index, "add", "plugins")
		u.must("git", "-C", index, "-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "-m", version)
	}
	publish("v1.0.0")
	u.must("kubectl", "krew", "update")
	if out := u.must("kubectl", "krew", "search", "otomi"); !strings.Contains(out, "Turn a values repo into a running platform") {
		t.Errorf("krew finds:\n%s", out)
	}
	u.must("kubectl", "krew", "install", "otomi")
	publish("v1.0.1")
	u.must("kubectl", "krew", "upgrade", "otomi")
	if versions, err := os.ReadDir(filepath.Join(u.root, "store", "otomi")); err != nil || len(versions) != 1 || versions[0].Name() != "v1.0.1" {
		t.Errorf("%v: krew keeps %v", err, versions)
	}
	u.must("kubectl", "otomi", "version")
	u.must("kubectl", "krew", "uninstall", "otomi")
	if out, err := u.run("kubectl", "otomi", "version"); err == nil {
		t.Errorf("the plugin that was uninstalled says:\n%s", out)
	}
}
