// Package shell presses TAB in real shells: kubectl's own completion, as Debian and the shells load it, asks the plugin through
// kubectl_complete-otomi, and the scripts of the plugin's own completion command do for the name kubectl-otomi.
package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// presses are command lines and what TAB makes of them.
func presses() [][2]string {
	return [][2]string{
		{"kubectl otomi stat", "kubectl otomi status "},
		{"kubectl otomi inventory li", "kubectl otomi inventory list "},
		{"kubectl otomi status --conte", "kubectl otomi status --context "},
		{"kubectl otomi apply --cluster d", "kubectl otomi apply --cluster dev "},
		{"kubectl otomi apply --cluster=d", "kubectl otomi apply --cluster=dev "},
		{"kubectl otomi apply --release bl", "kubectl otomi apply --release blue "},
		{"kubectl otomi apply --runlevel 2", "kubectl otomi apply --runlevel 20 "},
		{"kubectl otomi status -o js", "kubectl otomi status -o json "},
		{"kubectl otomi explain we", "kubectl otomi explain web"},
		{"kubectl otomi explain web.rep", "kubectl otomi explain web.replicas "},
		{"kubectl otomi values --set web.rep", "kubectl otomi values --set web.replicas="},
		{"kubectl otomi values --values oto", "kubectl otomi values --values otomi.yaml "},
		{"kubectl otomi apply -l te", "kubectl otomi apply -l team="},
		{"kubectl otomi apply -l team=bl", "kubectl otomi apply -l team=blue "},
		{"kubectl otomi apply --override policy=no-r", "kubectl otomi apply --override policy=no-root "},
		{"kubectl-otomi apply --cluster d", "kubectl-otomi apply --cluster dev "},
		{"kubectl-otomi explain web.rep", "kubectl-otomi explain web.replicas "},
	}
}

const valuesRepo = `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: x}
spec:
  core: [{source: .}]
  clusters: [{name: dev}, {name: prod}]
-- env/a.yaml --
web: {replicas: 1}
-- platform/runlevels/20-web.yaml --
releases: [{name: web, namespace: web, manifests: web}]
-- platform/runlevels/30-teams.yaml --
releases: [{name: blue, namespace: blue, manifests: web, labels: {team: blue}}]
-- platform/web/a.yaml --
-- policies/no-root/policy.rego --
package no_root
`

// home is a user's, with the plugin, kubectl and what goes between them on the PATH and a values repo in it.
func home(t *testing.T, shell string) (dir string, env []string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("there is no %s: install it", shell)
		}
		t.Skipf("NOT TESTED: completion in %s, which is not installed (Debian: apt-get install %s)", shell, shell)
	}
	dir = t.TempDir()
	rig.Write(t, dir, valuesRepo)
	bin := filepath.Join(dir, "bin")
	completer, err := filepath.Abs("../../../kubectl-otomi/completion/kubectl_complete-otomi")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{rig.Bin("kubectl"), rig.Bin("kubectl-otomi"), completer} {
		if _, err := os.Stat(program); err != nil {
			t.Fatalf("%v\nbuild it with: make build bin/kubectl", err)
		}
		if err := os.Symlink(program, filepath.Join(bin, filepath.Base(program))); err != nil {
			t.Fatal(err)
		}
	}
	return dir, append(os.Environ(), "HOME="+dir, "ZDOTDIR="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "KUBECONFIG="+dir+"/none", "TERM=xterm",
		"SHOWN="+dir+"/shown", "PATH="+bin+":/usr/bin:/bin")
}

func TestBash(t *testing.T) {
	dir, env := home(t, "bash")
	const loader = "/usr/share/bash-completion/bash_completion"
	if _, err := os.Stat(loader); err != nil && os.Getenv("CI") == "" {
		t.Skip("NOT TESTED: completion in bash, without the package bash-completion")
	}
	rig.Write(t, dir, `
-- rc --
. `+loader+`
. <(kubectl completion bash)
. <(kubectl-otomi completion bash)
bind 'set enable-bracketed-paste off'
show() { printf '%s.\n' "$READLINE_LINE" >>"$SHOWN"; }
bind -x '"\C-t": show'
PS1='READY>'
`)
	press(t, dir, env, exec.Command("bash", "--noprofile", "--rcfile", dir+"/rc", "-i"))
}

func TestZsh(t *testing.T) {
	dir, env := home(t, "zsh")
	rig.Write(t, dir, `
-- .zshrc --
autoload -U compinit
compinit -u -D
. <(kubectl completion zsh)
. <(kubectl-otomi completion zsh)
show() { print -r -- "$BUFFER." >>"$SHOWN" }
zle -N show
bindkey -e
bindkey '^T' show
PS1='READY>'
`)
	press(t, dir, env, exec.Command("zsh", "-d", "-i"))
}

// press types each command line into a shell on a terminal, presses TAB, and has the shell write down what it has then.
func press(t *testing.T, dir string, env []string, cmd *exec.Cmd) {
	t.Helper()
	cmd.Dir, cmd.Env = dir, env
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 300})
	if err != nil {
		t.Fatal(err)
	}
	screen := make(chan string, 1)
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it would go on, with the terminal as its own
		_ = cmd.Wait()
		_ = keys.Close()
	})
	ready := make(chan struct{})
	go read(keys, "READY>", ready, screen)
	select {
	case <-ready:
	case all := <-screen:
		t.Fatalf("the shell has ended:\n%s", all)
	}
	for i, p := range presses() {
		const home, kill, tab, show = "\x01", "\x0b", "\t", "\x14"
		if _, err := keys.WriteString(home + kill + p[0] + tab + show); err != nil {
			t.Fatal(err)
		}
		lines := shown(t, dir, i+1)
		if got, want := lines[i], p[1]+"."; got != want {
			t.Errorf("%q TAB is %q, want %q", p[0], got, want)
		}
	}
}

// read reads all that a shell prints, and says when a text is among it.
func read(terminal *os.File, text string, seen chan<- struct{}, all chan<- string) {
	var screen strings.Builder
	buffer := make([]byte, 4096)
	for told := false; ; {
		n, err := terminal.Read(buffer)
		screen.Write(buffer[:n])
		if !told && strings.Contains(screen.String(), text) {
			told = true
			close(seen)
		}
		if err != nil {
			all <- screen.String()
			return
		}
	}
}

// shown are the lines that the shell has written down, once there are so many.
func shown(t *testing.T, dir string, count int) []string {
	t.Helper()
	for {
		data, err := os.ReadFile(filepath.Join(dir, "shown"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if lines := strings.Split(string(data), "\n"); len(lines) > count {
			return lines
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the shell does not answer")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestFish asks fish what it would offer: it says so itself.
func TestFish(t *testing.T) {
	dir, env := home(t, "fish")
	for _, p := range presses() {
		cmd := exec.Command("fish", "--no-config", "-c", `kubectl completion fish | source; kubectl-otomi completion fish | source; complete -C "$argv[1]"`, p[0])
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", cmd.Args, err)
		}
		var offered []string
		for line := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			offered = append(offered, word)
		}
		words := strings.Fields(p[1])
		want := words[len(words)-1]
		// Where no space is to follow, it is offered again with a character more, so that it is not taken for the whole word.
		if len(offered) == 0 || offered[0] != want || slices.ContainsFunc(offered, func(o string) bool { return o != want && o != want+"." }) {
			t.Errorf("%q TAB offers %q, want %q", p[0], offered, want)
		}
	}
}
