package editor

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wiring is a way in which editors learn which schema a layer file has.
type wiring struct {
	name     string
	settings bool // of .vscode/settings.json
	modeline bool // of the file
}

func wirings() []wiring {
	return []wiring{{name: "modeline", modeline: true}, {name: "settings", settings: true}, {name: "both", modeline: true, settings: true}}
}

// newRepo makes a values repo as a user does.
func newRepo(t *testing.T, flags ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "acme")
	out, err := exec.Command(program(t, "kubectl-otomi"), append([]string{"init", dir}, flags...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	return dir
}

// edit starts a language server that is wired in this way, and waits until it knows the schemas.
func edit(t *testing.T, dir string, w wiring) *server {
	t.Helper()
	settings := map[string]any{}
	if w.settings {
		data, err := os.ReadFile(filepath.Join(dir, ".vscode", "settings.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &settings); err != nil {
			t.Fatalf(".vscode/settings.json: %v", err)
		}
	}
	// Schemas that the server would fetch from the internet for names such as otomi.yaml are none of ours.
	settings["yaml.schemaStore.enable"] = false
	s := start(t, dir, settings)
	const first = "env/apps/first.yaml"
	s.open(first, w.text(first, "no-such-key: 1\n"))
	s.await(first, func(d []diagnostic) bool { return len(d) > 0 })
	return s
}

// text is a layer file with the modeline, or without.
func (w wiring) text(name, text string) string {
	if !w.modeline {
		return "# no modeline\n" + text
	}
	schema := "layer.json"
	if strings.HasPrefix(name, "env/teams/") {
		schema = "team.json"
	}
	return "# yaml-language-server: $schema=" + strings.Repeat("../", strings.Count(name, "/")) + ".otomi/schema/" + schema + "\n" + text
}

// TestScaffold: the layer files of a new repo are right, and the server would have said so if they were not.
func TestScaffold(t *testing.T) {
	for _, flags := range [][]string{nil, {"--bare"}} {
		dir := newRepo(t, flags...)
		layers := layerFiles(t, dir)
		if len(layers) < 4 {
			t.Errorf("init %v made only %d layer files", flags, len(layers))
		}
		for _, w := range wirings() {
			t.Run(strings.Join(append([]string{w.name}, flags...), " "), func(t *testing.T) {
				s := edit(t, dir, w)
				wrong := func(name string) string { return strings.TrimSuffix(name, ".yaml") + "-wrong.yaml" }
				for name, text := range layers {
					if !w.modeline {
						_, text, _ = strings.Cut(text, "\n")
						text = "#\n" + text
					}
					s.open(name, text)
					s.open(wrong(name), text+"no-such-key: 1\n")
				}
				for name, text := range layers {
					for _, d := range s.said(name) {
						t.Errorf("%s:%d: %s", name, d.Range.Start.Line+1, d.Message)
					}
					said := s.said(wrong(name))
					if want := strings.Count(text, "\n"); len(said) != 1 || said[0].Range.Start.Line != want {
						t.Errorf("%s with a typo in line %d: %v", name, want+1, said)
					}
				}
			})
		}
	}
}

// layerFiles are the texts of the files in env/ by name. All begin with a modeline.
func layerFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	fsys := os.DirFS(dir)
	err := fs.WalkDir(fsys, "env", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		texts[name] = string(data)
		if !strings.HasPrefix(texts[name], "# yaml-language-server: $schema=") {
			t.Errorf("%s does not begin with a modeline:\n%s", name, data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// TestLayer: what people write into layer files.
func TestLayer(t *testing.T) {
	cases := []struct {
		name, file, text string
		line             int    // of the one thing said, 0: nothing is
		said             string // part of it
		settings         bool   // only the editor's settings know
	}{
		{name: "partial", file: "env/stages/dev/a.yaml", text: "teams:\n  demo:\n    services:\n      - name: web\n        replicas: 3\n"},
		{name: "part of an image", file: "env/apps/a.yaml", text: "apps:\n  hello:\n    image: {tag: 1.2.3}\n"},
		{name: "null removes", file: "env/b.yaml", text: "apps:\n  hello:\n    message: null\n    ingress: null\n  \npolicyPreset: ~\nteams:\n  demo:\n    quota:\n"},
		{name: "replace", file: "env/c.yaml", settings: true, text: "ingress: !replace\n  className: nginx\npolicies:\n  banned-image-tags:\n    parameters:\n      tags: !replace [latest]\n"},
		{name: "any release", file: "env/d.yaml", text: "apps:\n  hello:\n    rawValues: {a: {b: [1, null]}}\n"},
		{name: "empty", file: "env/e.yaml", text: ""},
		{name: "team", file: "env/teams/blue.yaml", text: "teams:\n  blue:\n    quota: {cpu: 2}\n"},
		{
			name: "wrong type", file: "env/apps/f.yaml", text: "apps:\n  hello:\n    replicas: many\n",
			line: 4, said: "Incorrect type. Expected one of integer, null.",
		},
		{
			name: "typo", file: "env/apps/g.yaml", text: "apps:\n  hello:\n    mesage: hi\n",
			line: 4, said: "Property mesage is not allowed",
		},
		{
			name: "enum", file: "env/stages/dev/h.yaml", text: "policyPreset: base\n",
			line: 2, said: "Valid values: \"privileged\", \"baseline\", \"restricted\"",
		},
		{
			name: "pattern", file: "env/i.yaml", text: "apps:\n  hello:\n    image:\n      digest: sha256:1\n",
			line: 5, said: "String does not match the pattern",
		},
		{
			name: "deep in a list", file: "env/clouds/local/dev/j.yaml", text: "teams:\n  demo:\n    services:\n      - name: web\n        port: 70000\n",
			line: 6, said: "Value is above the maximum of 65535.",
		},
		{
			name: "not settable", file: "env/k.yaml", text: "derived: {a: 1}\n",
			line: 2, said: "Property derived is not allowed",
		},
		{
			name: "team sets more than a team", file: "env/teams/red.yaml", text: "teams:\n  red: {}\napps: {}\n",
			line: 4, said: "Property apps is not allowed",
		},
		{
			name: "typo in a team", file: "env/teams/green.yaml", text: "teams:\n  green:\n    qouta: {}\n",
			line: 4, said: "Property qouta is not allowed",
		},
	}
	dir := newRepo(t)
	for _, w := range wirings() {
		t.Run(w.name, func(t *testing.T) {
			s := edit(t, dir, w)
			for _, c := range cases {
				s.open(c.file, w.text(c.file, c.text))
			}
			for _, c := range cases {
				if c.settings && !w.settings {
					continue
				}
				said := s.said(c.file)
				switch {
				case c.line == 0 && len(said) > 0:
					t.Errorf("%s: %v, want nothing said", c.name, said)
				case c.line > 0 && (len(said) != 1 || said[0].Range.Start.Line+1 != c.line || !strings.Contains(said[0].Message, c.said)):
					t.Errorf("%s: %v, want line %d: %s", c.name, said, c.line, c.said)
				}
			}
		})
	}
}

// TestEncrypted: what SOPS wrote is not for the schema.
func TestEncrypted(t *testing.T) {
	s := edit(t, newRepo(t), wiring{settings: true})
	text := "apps:\n    hello:\n        replicas: ENC[AES256_GCM,data:eA==,iv:a,tag:b,type:int]\nsops:\n    version: 3.13.3\n"
	for _, file := range []string{"env/secrets.yaml", "env/secrets.settings.yaml", "env/teams/secrets.demo.yaml", "env/clouds/local/secrets.a.yaml"} {
		s.open(file, text)
		if said := s.said(file); len(said) > 0 {
			t.Errorf("%s: %v, want nothing said", file, said)
		}
	}
}

// TestHelp: the schema's words and values are offered where they are needed.
func TestHelp(t *testing.T) {
	w := wiring{modeline: true}
	s := edit(t, newRepo(t), w)
	const app, team = "env/apps/a.yaml", "env/teams/a.yaml"
	s.open(app, w.text(app, "policyPreset: \napps:\n  hello:\n    replicas: 1\n"))
	s.open(team, w.text(team, "teams:\n  a:\n    qu\n"))
	for _, c := range []struct {
		method, file    string
		line, character int
		want            string
	}{
		{"textDocument/hover", app, 4, 6, "The number of Pods."},
		{"textDocument/completion", app, 1, 14, `"label":"restricted"`},
		{"textDocument/completion", team, 3, 6, `"label":"quota"`},
	} {
		s.said(c.file)
		if got := s.ask(c.method, c.file, c.line, c.character); !strings.Contains(got, c.want) {
			t.Errorf("%s at %s:%d:%d: %s, want %s in it", c.method, c.file, c.line, c.character, got, c.want)
		}
	}
}
