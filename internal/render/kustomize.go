package render

import (
	"fmt"
	"io/fs"
	"path"
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
		return nil, readFinding(r.Core.Display(core.Platform), err)
	}
	c := kustomizations{r: r, memory: memory, seen: map[string]bool{}}
	c.check("/" + dir)
	if c.findings.Failed() {
		return nil, c.findings
	}
	name := c.file("/" + dir)
	if name == "" {
		return nil, diag.Findings{diag.Errorf("missing-file", release.at("kustomize"), "%s has no kustomization.yaml", dir)}
	}
	display := r.Core.Display(strings.TrimPrefix(name, "/"))
	fail := func(err error) diag.Findings {
		message := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "'/"+core.Platform, "'"+core.Platform)), " ")
		return diag.Findings{diag.Errorf("kustomize", diag.Position{File: display}, "%s", message)}
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(memory, "/"+dir)
	if err != nil {
		return nil, fail(err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		return nil, fail(err)
	}
	objects, findings := object.Parse(display, text)
	for _, o := range objects {
		setSource(o, strings.TrimPrefix(name, "/"+core.Platform+"/"))
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

// kustomizations checks before kustomize runs that all a kustomization names is there: what is not, kustomize takes for a
// URL and fetches.
type kustomizations struct {
	r        *renderer
	memory   filesys.FileSystem
	seen     map[string]bool
	findings diag.Findings
}

func (c *kustomizations) file(dir string) string {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if c.memory.Exists(path.Join(dir, name)) {
			return path.Join(dir, name)
		}
	}
	return ""
}

func (c *kustomizations) check(dir string) {
	name := c.file(dir)
	if name == "" || c.seen[name] {
		return
	}
	c.seen[name] = true
	data, err := c.memory.ReadFile(name)
	var k map[string]any
	if err == nil {
		err = yaml.Unmarshal(data, &k)
	}
	at := diag.Position{File: c.r.Core.Display(strings.TrimPrefix(name, "/"))}
	if err != nil {
		c.findings = append(c.findings, diag.Errorf("kustomize", at, "read kustomization: %v", err))
		return
	}
	for _, named := range references(k) {
		target := path.Join(dir, named)
		switch {
		case strings.Contains(named, "://") || !c.memory.Exists(target):
			c.findings = append(c.findings, diag.Errorf("missing-file", at, "%s is not in platform/, and nothing is fetched", named))
		case c.memory.IsDir(target):
			c.check(target)
		}
	}
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
