package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/otomi/kubectl-otomi/internal/secrets"
)

// TestCrash kills commands that write secrets at many moments: what is in the repo then is what was there, or encrypted.
func TestCrash(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	memory := dir // what a killed command leaves of its plain text is here
	if inRAM("/dev/shm") {
		if memory, err = os.MkdirTemp("/dev/shm", "crash-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(memory) })
	}
	env := append(os.Environ(), "SOPS_AGE_KEY="+identity.String(), "HOME="+dir, "KUBECONFIG="+dir+"/none", "XDG_RUNTIME_DIR="+memory, "TMPDIR="+dir, "EDITOR=sh "+dir+"/edit.sh")
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, "repo", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(after time.Duration, args ...string) (killed bool) {
		t.Helper()
		cmd := exec.Command(self)
		cmd.Args = append([]string{"kubectl-otomi", "-C", filepath.Join(dir, "repo")}, args...)
		cmd.Env = env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if after > 0 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		return cmd.Wait() != nil
	}
	write("../edit.sh", "echo 'token: edited-secret' > $1\necho $1 >> "+dir+"/where\n")
	write("otomi.yaml", "apiVersion: otomi.io/v1alpha1\nkind: ValuesRepo\nmetadata: {name: x}\nspec: {core: [{source: .}], clusters: [{name: dev}]}\n")
	write(".sops.yaml", "creation_rules: [{age: "+identity.Recipient().String()+"}]\n")
	write("platform/schema.yaml", "type: object\nproperties:\n  made: {type: string, x-secret: 'generated-{{ randNumeric 8 }}'}\n")
	began := time.Now()
	run(0, "secrets", "generate")
	took := time.Since(began)
	killed := 0
	for i := range 30 {
		write("env/secrets.yaml", "token: plain-secret\n")
		if run(time.Duration(i)*took/20, "secrets", "encrypt", "env/secrets.yaml") {
			killed++
		}
		data, err := os.ReadFile(filepath.Join(dir, "repo/env/secrets.yaml"))
		if err != nil || string(data) != "token: plain-secret\n" && !complete(data) {
			t.Fatalf("encrypt, killed, leaves %v\n%s", err, data)
		}
		if files := grep(t, dir+"/repo", "plain-secret"); len(files) > 0 && (len(files) > 1 || !strings.HasSuffix(files[0], "env/secrets.yaml")) {
			t.Fatalf("encrypt, killed, leaves plain text in %v", files)
		}
		run(0, "secrets", "encrypt", "env/secrets.yaml")
		if run(time.Duration(i)*took/20, "secrets", "edit", "env/secrets.yaml") {
			killed++
		}
		_ = os.Remove(filepath.Join(dir, "repo/env/secrets.made.yaml"))
		if run(time.Duration(i)*took/20, "secrets", "generate", "--file", "env/secrets.made.yaml") {
			killed++
		}
		for _, secret := range []string{"plain-secret", "edited-secret", "generated-"} {
			for _, name := range grep(t, dir+"/repo", secret) {
				if !strings.HasSuffix(name, "platform/schema.yaml") {
					t.Fatalf("%s is in %s", secret, name)
				}
			}
		}
	}
	if killed < 20 {
		t.Errorf("only %d of 90 runs were killed before they ended", killed)
	}
	where, _ := os.ReadFile(filepath.Join(dir, "where"))
	for _, name := range strings.Fields(string(where)) {
		if !strings.HasPrefix(name, memory) {
			t.Errorf("the plain text was in %s", name)
		}
	}
}

func complete(data []byte) bool {
	return secrets.Encrypted(data) && strings.Contains(string(data), "\n    version: ")
}

// grep lists the files below a folder that contain a text.
func grep(t *testing.T, dir, text string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if strings.Contains(string(data), text) {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
