// Package leak greps every output of every command for every secret of a fixture.
package leak

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// env is the fixture, encrypted, and a cluster to apply it to.
type env struct {
	*testing.T
	dir      string
	surround []string
	ran      map[string]bool // commands
}

func newEnv(t *testing.T) *env {
	t.Helper()
	c := rig.Start(t)
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	e := &env{T: t, dir: t.TempDir(), ran: map[string]bool{}, surround: []string{"KUBECONFIG=" + c.Kubeconfig, "SOPS_AGE_KEY=" + identity.String()}}
	archive, err := os.ReadFile("testdata/repo.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text := string(archive)
	for _, word := range []string{"PEMLINE", "LONG", "SHORT", "NUMBER", "MARKS", "OVERRIDDEN", "ENCODED", "INLIST", "PLAIN", "PEM", "WORD"} {
		text = replaceWord(text, word, written(word, known()[word]))
	}
	text = strings.ReplaceAll(text, "wide: WIDE", "wide: "+written("WIDE", known()["WIDE"]))
	text = strings.ReplaceAll(text, "size: WIDE", "size: "+written("WIDE", known()["WIDE"]))
	rig.Write(t, e.dir, text)
	e.write(".sops.yaml", "creation_rules: [{age: "+identity.Recipient().String()+"}]\n")
	e.encrypt()
	return e
}

// replaceWord replaces a word where it is a value: at the end of a line or before what ends a value in YAML.
func replaceWord(text, word, by string) string {
	_, files, _ := strings.Cut(text, "\n-- ")
	files = "\n-- " + files
	for _, end := range []string{"\n", ",", "}", "]"} {
		files = strings.ReplaceAll(files, " "+word+end, " "+by+end)
		files = strings.ReplaceAll(files, "["+word+end, "["+by+end)
		files = strings.ReplaceAll(files, "\n"+word+end, "\n"+by+end)
	}
	return files
}

func (e *env) write(name, text string) {
	e.Helper()
	if err := os.WriteFile(filepath.Join(e.dir, name), []byte(text), 0o600); err != nil {
		e.Fatal(err)
	}
}

// encrypt encrypts the secret files as the repo's .sops.yaml says.
func (e *env) encrypt() {
	e.Helper()
	files, err := filepath.Glob(filepath.Join(e.dir, "*", "secrets.*.yaml"))
	more, err2 := filepath.Glob(filepath.Join(e.dir, "*", "*", "secrets.*.yaml"))
	if err != nil || err2 != nil || len(files) == 0 || len(more) == 0 {
		e.Fatal("the fixture has no secret files", err, err2)
	}
	for _, name := range slices.Concat(files, more) {
		text, err := os.ReadFile(name)
		if err != nil {
			e.Fatal(err)
		}
		inside, err := filepath.Rel(e.dir, name)
		if err != nil {
			e.Fatal(err)
		}
		encrypted, err := secrets.Config{FS: os.DirFS(e.dir), Dir: e.dir}.Encrypt(inside, text, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			e.Fatalf("encrypt %s: %v", inside, err)
		}
		e.write(inside, string(encrypted))
	}
}

// run runs a command and greps what it prints for the secrets.
func (e *env) run(code int, args ...string) rig.Result {
	e.Helper()
	r := e.shows(code, args...)
	for _, word := range leaked(r.Stdout) {
		e.Errorf("kubectl otomi %s: stdout shows %s\n%s", strings.Join(args, " "), word, r.Stdout)
	}
	return r
}

// shows runs a command that shows secrets on stdout because it is asked to; stderr must not.
func (e *env) shows(code int, args ...string) rig.Result {
	e.Helper()
	for i := range args {
		if strings.HasPrefix(args[i], "-") {
			break
		}
		e.ran[strings.Join(args[:i+1], " ")] = true
	}
	r := rig.Run(e.T, e.dir, e.surround, "kubectl-otomi", args...)
	if r.Code != code {
		e.Errorf("kubectl otomi %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.Code, code, r.Stdout, r.Stderr)
	}
	for _, word := range leaked(r.Stderr) {
		e.Errorf("kubectl otomi %s: stderr shows %s\n%s", strings.Join(args, " "), word, r.Stderr)
	}
	return r
}

func (e *env) kubectl(args ...string) string {
	e.Helper()
	r := rig.Run(e.T, e.dir, e.surround, "kubectl", args...)
	if r.Code != 0 {
		e.Fatalf("kubectl %s: %s", strings.Join(args, " "), r.Stderr)
	}
	return r.Stdout
}

// commands are all that the plugin has, down to the last: what help lists.
func (e *env) commands(above ...string) []string {
	e.Helper()
	r := rig.Run(e.T, e.dir, e.surround, "kubectl-otomi", append(slices.Clip(above), "--help")...)
	_, list, _ := strings.Cut(r.Stdout, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var all []string
	for line := range strings.Lines(list) {
		name := strings.Fields(line)[0]
		if name == "help" {
			continue
		}
		command := append(slices.Clip(above), name)
		below := e.commands(command...)
		if len(below) == 0 {
			all = append(all, strings.Join(command, " "))
		}
		all = append(all, below...)
	}
	return all
}

func TestNoSecretIsShown(t *testing.T) {
	e := newEnv(t)
	e.values()
	e.findings()
	e.placeholders()
	e.cluster()
	e.inTheCluster()
	e.others()
	e.secretFiles()
	all := e.commands()
	if len(all) < 20 || !slices.Contains(all, "secrets edit") {
		t.Fatalf("help lists only %q", all)
	}
	for _, c := range all {
		if c == "completion" {
			continue // it prints scripts for shells, and reads nothing
		}
		if !e.ran[c] {
			t.Errorf("no case runs the command %q: add one", c)
		}
		e.run(0, append(strings.Fields(c), "--help")...)
	}
}

// values: a tree shows no secret but where it is asked to, and then all of them.
func (e *env) values() {
	e.Helper()
	good := []string{"--cluster", "good"}
	for _, flags := range [][]string{nil, {"-o", "json"}, {"--origin"}, {"--no-defaults"}, {"-v"}, {"--set", "app.declared=" + known()["FLAG"]}} {
		r := e.run(0, slices.Concat([]string{"values"}, good, flags)...)
		for _, key := range []string{"flag", "number", "short", "url", "auth", "upper", "sum", "twice", "hook", "host"} {
			line := key + ": <redacted>"
			if slices.Contains(flags, "json") {
				line = fmt.Sprintf("%q: %q", key, "<redacted>")
			}
			if !strings.Contains(r.Stdout, line) {
				e.Errorf("kubectl otomi values %v does not redact %s:\n%s", flags, key, r.Stdout)
			}
		}
	}
	shown := e.shows(0, append([]string{"values", "--show-secrets"}, good...)...).Stdout
	if words := leaked(shown); len(words) < 8 {
		e.Errorf("values --show-secrets shows only %v:\n%s", words, shown)
	}
	manifests := e.shows(0, append([]string{"template"}, good...)...).Stdout
	if !strings.Contains(manifests, known()["LONG"]) {
		e.Error("template --secrets decrypt leaves secrets out")
	}
}

// findings: whatever is wrong, the message does not show the secret that is wrong, or that stands beside it.
func (e *env) findings() {
	e.Helper()
	formats := [][]string{nil, {"-o", "json"}, {"-o", "github"}, {"-o", "sarif"}, {"-o", "junit"}}
	for _, cluster := range []string{"schema", "broken", "plain"} {
		for _, format := range formats {
			e.run(1, slices.Concat([]string{"validate", "--cluster", cluster}, format)...)
		}
		e.run(2, "diff", "--cluster", cluster)
	}
	for _, format := range formats {
		e.run(1, slices.Concat([]string{"validate", "--all-clusters"}, format)...)
	}
	for _, scenario := range []string{
		"derived", "runlevel", "unknown-field", "wrong-type", "no-chart", "patch", "template", "fail", "required", "parse", "number",
		"semver", "index", "bad-yaml", "twice",
	} {
		set := []string{"--cluster", "good", "--set", "app.scenario=" + scenario}
		for _, format := range formats {
			e.run(1, slices.Concat([]string{"validate"}, set, format)...)
		}
		e.run(1, append([]string{"template", "-v"}, set...)...)
		e.run(2, append([]string{"diff"}, set...)...)
		e.run(1, append([]string{"apply", "--yes", "-o", "jsonl"}, set...)...)
	}
	// Policies put values into their messages.
	for _, format := range formats {
		r := e.run(0, slices.Concat([]string{"validate", "--cluster", "good"}, format)...)
		if !strings.Contains(r.Stdout, "depends on secret values") {
			e.Errorf("validate %v shows no violation that holds a secret:\n%s", format, r.Stdout)
		}
	}
	e.run(0, "validate", "--cluster", "good", "--set", "app.declared="+known()["FLAG"], "--set", "app.extra="+known()["FLAG"])
	e.run(1, "validate", "--cluster", "good", "--set", "app.declared[0]="+known()["FLAG"])
	e.run(0, "policy", "export", "--cluster", "good")
	e.run(1, "policy", "test", "--cluster", "good", "-v") // there are none
	// A file that somebody changed, and another's key.
	name := "env/secrets.app.yaml"
	text, err := os.ReadFile(filepath.Join(e.dir, name))
	if err != nil {
		e.Fatal(err)
	}
	e.write(name, strings.Replace(string(text), "short:", "shorter:", 1))
	e.run(1, "values", "--cluster", "good")
	e.write(name, string(text)[:len(text)/2])
	e.run(1, "values", "--cluster", "good")
	e.write(name, string(text))
}

// placeholders: without keys nothing secret is there to be shown.
func (e *env) placeholders() {
	e.Helper()
	key := e.surround
	e.surround = key[:1]
	defer func() { e.surround = key }()
	r := e.run(0, "template", "--cluster", "good", "--secrets", "placeholder")
	if !strings.Contains(r.Stdout, "otomi-secret-placeholder") {
		e.Error("template --secrets placeholder shows no placeholder")
	}
	e.run(0, "validate", "--cluster", "good", "--secrets", "placeholder")
	e.run(1, "values", "--cluster", "good")
}

// cluster: what the commands that talk to a cluster say, and what it answers.
func (e *env) cluster() {
	e.Helper()
	good := []string{"--cluster", "good"}
	e.run(6, append([]string{"apply"}, good...)...)
	for _, scenario := range []string{"server", "bad-name", "no-kind"} {
		set := append([]string{"--set", "app.scenario=" + scenario}, good...)
		for _, flags := range [][]string{{"-v"}, {"-o", "json"}, {"-o", "jsonl"}} {
			e.run(1, slices.Concat([]string{"apply", "--yes"}, set, flags)...)
		}
		e.run(2, append([]string{"diff"}, set...)...)
	}
	e.run(1, append([]string{"diff"}, good...)...)
	e.run(1, append([]string{"diff", "-o", "json"}, good...)...)
	e.run(0, append([]string{"apply", "--dry-run=server"}, good...)...)
	e.run(0, append([]string{"apply", "--yes", "-o", "jsonl", "--set", "app.declared=" + known()["FLAG"]}, good...)...)
	e.run(1, append([]string{"diff", "--set", "app.long=another-" + known()["FLAG"], "--set", "app.declared=" + known()["FLAG"]}, good...)...)
	e.savedPlan(good)
	e.run(0, append([]string{"apply", "--yes", "-v"}, good...)...)
	e.run(0, append([]string{"apply", "-o", "json"}, good...)...)
	e.kubectl("-n", "leak", "annotate", "deployment", "app", "otomi.io/paused="+known()["LONG"])
	e.savedPlan(good)
	e.run(0, append([]string{"apply", "--yes", "--set", "app.user=other"}, good...)...)
	e.kubectl("-n", "leak", "annotate", "deployment", "app", "otomi.io/paused-")
	for _, format := range []string{"table", "json"} {
		e.run(0, append([]string{"status", "-o", format}, good...)...)
	}
	e.history(good)
}

// savedPlan: what the file of a plan holds, and what is said when the plan is refused.
func (e *env) savedPlan(good []string) {
	e.Helper()
	e.run(0, slices.Concat([]string{"apply", "--plan-out", "plan.yaml", "--set", "app.user=another"}, good)...)
	text, err := os.ReadFile(filepath.Join(e.dir, "plan.yaml"))
	if err != nil {
		e.Fatal(err)
	}
	for _, word := range leaked(string(text)) {
		e.Errorf("the file of a plan shows %s\n%s", word, text)
	}
	e.run(6, slices.Concat([]string{"apply", "--plan", "plan.yaml", "--set", "app.user=third"}, good)...)
}

// history: what the runs before left, and going back to one of them, which needs no keys.
func (e *env) history(good []string) {
	e.Helper()
	for _, format := range []string{"table", "json", "yaml"} {
		e.run(0, append([]string{"history", "-o", format}, good...)...)
	}
	keys := e.surround
	e.surround = e.surround[:1]
	defer func() { e.surround = keys }()
	e.run(2, append([]string{"rollback", "1000"}, good...)...)
	e.run(0, append([]string{"rollback", "1", "--dry-run=server"}, good...)...)
	e.run(0, append([]string{"rollback", "1", "--yes", "-o", "jsonl"}, good...)...)
	e.run(0, append([]string{"rollback", "--yes", "-v"}, good...)...)
	// What the API server answers holds the value that it refuses; the inventory alone knows that it is a secret.
	e.kubectl("-n", "leak", "delete", "deployment", "app")
	e.kubectl("apply", "-f", "refuse.yaml")
	e.untilRefused(true, good)
	for _, format := range []string{"text", "json", "jsonl"} {
		r := e.run(1, append([]string{"rollback", "1", "--yes", "-o", format}, good...)...)
		if !strings.Contains(r.Stdout+r.Stderr, "refused <redacted> and <redacted>") {
			e.Errorf("a refused rollback does not say what the API server said:\n%s%s", r.Stdout, r.Stderr)
		}
	}
	e.kubectl("delete", "-f", "refuse.yaml")
	e.untilRefused(false, good)
	e.run(0, append([]string{"rollback", "1", "--yes"}, good...)...)
}

// untilRefused waits until the API server has heard of the policy, or that there is none any more.
func (e *env) untilRefused(want bool, good []string) {
	e.Helper()
	for range 100 {
		tried := rig.Run(e.T, e.dir, e.surround, "kubectl-otomi", append([]string{"rollback", "1", "--dry-run=server"}, good...)...)
		if (tried.Code != 0) == want {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	e.Fatalf("the policy never began or ended: want it %t", want)
}

// inTheCluster: what the plugin leaves there beside the objects that hold the secrets by design, and the Secrets that these are
// stored in for a rollback.
func (e *env) inTheCluster() {
	e.Helper()
	stored := map[string]string{"secrets": "type!=otomi.io/inventory-shard"}
	for _, kind := range []string{"secrets", "configmaps", "leases.coordination.k8s.io"} {
		var list any
		if err := json.Unmarshal([]byte(e.kubectl("-n", "otomi-system", "get", kind, "-o", "json", "--field-selector", stored[kind])), &list); err != nil {
			e.Fatal(err)
		}
		text := unpacked(list)
		if kind == "secrets" && !strings.Contains(text, `"hash"`) {
			e.Errorf("the inventory was not read: %s", text)
		}
		for _, word := range leaked(text) {
			e.Errorf("the plugin's %s show %s:\n%s", kind, word, text)
		}
	}
	events := e.kubectl("get", "events", "-A", "-o", "json")
	for _, word := range leaked(events) {
		e.Errorf("the cluster's events show %s", word)
	}
}

// secretFiles: the commands that work on encrypted files.
func (e *env) secretFiles() {
	e.Helper()
	name := "env/secrets.app.yaml"
	if r := e.shows(0, "secrets", "decrypt", name); !strings.Contains(r.Stdout, known()["LONG"]) {
		e.Errorf("secrets decrypt shows nothing:\n%s", r.Stdout)
	}
	e.run(0, "secrets", "encrypt", name)
	e.run(0, "secrets", "rekey")
	e.run(0, "secrets", "generate", "--cluster", "good", "--dry-run")
	said := e.run(0, "secrets", "generate", "--cluster", "good")
	made := regexp.MustCompile(`generated: "?(\w{20})`).FindStringSubmatch(e.shows(0, "values", "--show-secrets", "--cluster", "good").Stdout)
	if made == nil || strings.Contains(said.Stdout+said.Stderr, made[1]) {
		e.Errorf("generate made %v and says\n%s%s", made, said.Stdout, said.Stderr)
	}
	editor := e.surround
	defer func() { e.surround = editor }()
	for _, edit := range []struct {
		editor string
		code   int
	}{
		{"true", 0}, {"false", 1}, {"sed -i s/short:/short/", 1}, {"sed -i s/number:/long:/", 1}, {"sed -i s/short:/renamed:/", 0},
	} {
		e.surround = append(slices.Clip(editor), "VISUAL=", "EDITOR="+edit.editor)
		e.run(edit.code, "secrets", "edit", name)
	}
	text, err := os.ReadFile(filepath.Join(e.dir, name))
	if err != nil {
		e.Fatal(err)
	}
	for damaged, rekeyed := range map[string]int{strings.Replace(string(text), "renamed:", "again:", 1): 0, string(text[:len(text)/2]): 1} {
		e.write(name, damaged)
		e.run(1, "secrets", "decrypt", name)
		e.run(rekeyed, "secrets", "rekey") // the keys are as they should be, whatever became of the values
		e.run(1, "secrets", "edit", name)
	}
	e.write(name, strings.ReplaceAll(string(text), "renamed:", "short:"))
	for _, left := range leaked(e.everyFile()) {
		e.Errorf("the repo holds %s in plain text", left)
	}
}

// everyFile is what lies in the repo, but for the plain layer whose plaintext a case is about.
func (e *env) everyFile() string {
	e.Helper()
	var all strings.Builder
	err := filepath.WalkDir(e.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "plain.yaml") {
			return err
		}
		text, err := os.ReadFile(name)
		all.Write(text)
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
	return all.String()
}

// others: the commands that apply nothing, and the end.
func (e *env) others() {
	e.Helper()
	e.run(0, "version")
	e.run(0, "schema", "--cluster", "good")
	e.run(0, "init", e.TempDir()+"/new")
	e.run(1, "core", "vendor")
	for _, format := range []string{"text", "json"} {
		e.run(0, "explain", "app", "derived", "app.list", "app.overridden", "-o", format, "--cluster", "good", "--cluster", "schema", "--set", "app.declared="+known()["FLAG"])
	}
	e.run(2, "values", "surplus")
	for _, format := range []string{"table", "json", "yaml", "name"} {
		e.run(0, "inventory", "list", "--cluster", "good", "-o", format)
	}
	for _, format := range []string{"table", "wide", "json", "yaml"} {
		e.run(0, "inventory", "show", "--cluster", "good", "-o", format)
	}
	e.run(6, "inventory", "rebuild", "--cluster", "good")
	e.run(0, "inventory", "rebuild", "--cluster", "good", "--force", "--dry-run")
	e.run(6, "destroy", "--cluster", "good")
	e.run(0, "destroy", "--cluster", "good", "--dry-run=client", "-o", "json")
	e.run(0, "destroy", "--cluster", "good", "--yes", "-o", "jsonl")
	e.run(1, "status", "--cluster", "good")
}
