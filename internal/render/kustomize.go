package render

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// kustomized renders a release whose source is a kustomization. It may refer to what lies in platform/, and to nothing
// elsewhere: kustomize would fetch it.
func (r *renderer) kustomized(release *Release) ([]object.Object, diag.Findings) {
	dir := path.Join(core.Platform, release.Kustomize)
	if _, missing := r.folder(release, "kustomize", dir); missing != nil {
		return nil, diag.Findings{*missing}
	}
	memory := filesys.MakeFsInMemory()
	if err := copyInto(memory, r.Core); err != nil {
		return nil, belowFinding(r.Core.Display, core.Platform, err)
	}
	if kustomization(memory, "/"+dir) == "" {
		return nil, diag.Findings{diag.Errorf("missing-file", release.at("kustomize"), "%s has no kustomization.yaml", dir)}
	}
	objects, findings := Kustomize(memory, "/"+dir, Plugins{}, func(name string) string { return r.Core.Display(strings.TrimPrefix(name, "/")) })
	for _, o := range objects {
		setSource(o, path.Join(release.Kustomize, path.Base(o.Source.File)))
	}
	return objects, findings
}

// Kustomize builds the kustomization in a folder. It may refer to what the file system has, and to nothing elsewhere:
// kustomize would fetch it. Functions run where plugins allow it. Display says how messages name a file.
func Kustomize(files filesys.FileSystem, dir string, plugins Plugins, display func(string) string) ([]object.Object, diag.Findings) {
	c := kustomizations{files: files, display: display, plugins: plugins, seen: map[visit]bool{}}
	c.check(dir, false)
	if c.findings.Failed() {
		return nil, c.findings
	}
	name := kustomization(files, dir)
	if name == "" {
		return nil, diag.Findings{diag.Errorf("missing-file", diag.Position{File: display(dir)}, "the folder has no kustomization.yaml")}
	}
	fail := func(err error) diag.Findings {
		message := regexp.MustCompile(`'/[^']*'`).ReplaceAllStringFunc(err.Error(), func(quoted string) string { return "'" + display(strings.Trim(quoted, "'")) + "'" })
		message = strings.Join(strings.Fields(message), " ")
		return diag.Findings{diag.Errorf("kustomize", diag.Position{File: display(name)}, "%s", message)}
	}
	options := krusty.MakeDefaultOptions()
	options.PluginConfig, options.LoadRestrictions = plugins.config(), plugins.restrictions()
	resources, err := krusty.MakeKustomizer(options).Run(files, dir)
	if err != nil {
		return nil, fail(err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		return nil, fail(err)
	}
	objects, findings := object.Parse(display(name), text)
	for i := range objects {
		objects[i].Source.Line = 0 // lines of what kustomize made are no lines of the file
	}
	return objects, findings
}

func copyInto(memory filesys.FileSystem, stack core.Stack) error {
	return fs.WalkDir(stack, core.Platform, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(stack, name)
		if err != nil {
			return err
		}
		return memory.WriteFile("/"+name, data)
	})
}

// kustomizations checks before kustomize runs that all a kustomization names is there, since kustomize takes what is not for a
// URL and fetches it, and that the functions which it names may run.
type kustomizations struct {
	files    filesys.FileSystem
	display  func(string) string
	plugins  Plugins
	seen     map[visit]bool
	findings diag.Findings
}

// visit is a kustomization that was checked, and whether for the configurations of functions that it makes.
type visit struct {
	name           string
	configurations bool
}

// kustomization is the file of that name in a folder, or "".
func kustomization(files filesys.FileSystem, dir string) string {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if files.Exists(path.Join(dir, name)) {
			return path.Join(dir, name)
		}
	}
	return ""
}

func (c *kustomizations) check(dir string, configurations bool) {
	name := kustomization(c.files, dir)
	if name == "" || c.seen[visit{name, configurations}] {
		return
	}
	c.seen[visit{name, configurations}] = true
	data, err := c.files.ReadFile(name)
	var k map[string]any
	if err == nil {
		err = yaml.Unmarshal(data, &k)
	}
	at := diag.Position{File: c.display(name)}
	if err != nil {
		c.findings = append(c.findings, diag.Errorf("kustomize", at, "read kustomization: %v", err))
		return
	}
	for _, named := range references(k) {
		target := path.Join(dir, named)
		switch {
		case strings.Contains(named, "://") || !c.files.Exists(target):
			c.findings = append(c.findings, diag.Errorf("missing-file", at, "%s is not here, and nothing is fetched", named))
		case c.files.IsDir(target):
			c.check(target, configurations)
		}
	}
	c.configurations(dir, name, k, configurations)
}

// references are the paths that a kustomization names.
func references(k map[string]any) []string {
	var out []string
	add := func(v any) {
		if s, ok := v.(string); ok && !strings.Contains(s, "\n") {
			out = append(out, s)
		}
	}
	for _, field := range []string{
		"resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators", "patchesStrategicMerge",
	} {
		list, _ := k[field].([]any)
		for _, item := range list {
			add(item)
		}
	}
	for _, field := range []string{"patches", "patchesJson6902", "replacements"} {
		list, _ := k[field].([]any)
		for _, item := range list {
			m, _ := item.(map[string]any)
			add(m["path"])
		}
	}
	if m, ok := k["openapi"].(map[string]any); ok {
		add(m["path"])
	}
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		list, _ := k[field].([]any)
		for _, item := range list {
			m, _ := item.(map[string]any)
			out = append(out, generatorFiles(m)...)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// generatorFiles are the files of a generator: files: [key=path], envs: [path], env: path.
func generatorFiles(m map[string]any) []string {
	var out []string
	files, _ := m["files"].([]any)
	for _, f := range files {
		s := fmt.Sprint(f)
		if _, after, ok := strings.Cut(s, "="); ok {
			s = after
		}
		out = append(out, s)
	}
	envs, _ := m["envs"].([]any)
	for _, e := range envs {
		out = append(out, fmt.Sprint(e))
	}
	if e, ok := m["env"].(string); ok {
		out = append(out, e)
	}
	return out
}
