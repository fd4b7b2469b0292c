package mergevalues

import (
	"errors"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// entry is one entry of spec.layers: one Values item by name, all that a selector matches, or keys of a ConfigMap.
type entry struct {
	Name      string    `json:"name" doc:"of one Values item"`
	Selector  *selector `json:"selector" doc:"of Values items, in the order of their paths"`
	ConfigMap string    `json:"configMap" doc:"whose keys are layers"`
	Keys      []string  `json:"keys" doc:"globs over the keys' paths; without them, every key"`
	Only      string    `json:"only" doc:"the path that the layers may set, with placeholders, and {file} for keys"`
	At        diag.Position
	only      *source.Node
}

type selector struct {
	MatchLabels map[string]string `json:"matchLabels" doc:"labels that an item must have, all of them"`
}

// DecodeNode reads an entry and remembers where it stands.
func (e *entry) DecodeNode(n *source.Node) diag.Findings {
	type fields entry
	e.At, e.only = n.At(), n.Get("only")
	findings := source.Decode(n, (*fields)(e))
	kinds := 0
	for _, set := range []bool{e.Name != "", e.Selector != nil, e.ConfigMap != ""} {
		if set {
			kinds++
		}
	}
	if kinds != 1 && !findings.Failed() {
		findings = append(findings, diag.Errorf("layer-source", e.At, "an entry has one of name, selector and configMap"))
	}
	if len(e.Keys) > 0 && e.ConfigMap == "" && !findings.Failed() {
		findings = append(findings, diag.Errorf("layer-source", n.Get("keys").At(), "keys are those of a configMap").WithPath("keys"))
	}
	if strings.Contains(e.Only, "{file}") && e.ConfigMap == "" && !findings.Failed() {
		findings = append(findings, diag.Errorf("fence-path", e.only.At(), "only keys of a configMap have a {file}: an item names itself").WithPath("only"))
	}
	return findings
}

// layers are what an entry names, low to high. They are read by the plugin's own loader, from texts in memory.
type layers struct {
	list    *krm.List
	mine    func(*krm.Item) bool // is the item one that this function writes?
	cluster *repo.Cluster        // for placeholders in globs
	texts   map[string][]byte    // by the name that findings have for them
	files   []repo.LayerFile
	items   map[string]bool // names whose text is an item, the layer in its spec
}

func (ls *layers) add(e entry) diag.Findings {
	switch {
	case e.ConfigMap != "":
		return ls.configMap(e)
	case e.Selector != nil:
		return ls.selected(e)
	default:
		return ls.named(e)
	}
}

func (ls *layers) named(e entry) diag.Findings {
	items := ls.list.Find(krm.APIVersion, inputs.Values, e.Name)
	if len(items) > 1 {
		return diag.Findings{diag.Errorf("ambiguous-item", e.At, "the stream has Values %q %d times", e.Name, len(items))}
	}
	if len(items) == 1 && !ls.mine(items[0]) {
		return ls.item(items[0], e)
	}
	f := diag.Errorf("missing-item", e.At, "the stream has no Values %q", e.Name)
	f.Hint = diag.DidYouMean(e.Name, ls.list.Names(krm.APIVersion, inputs.Values))
	if len(items) == 1 {
		f.Message, f.Hint = "the layer is the function's own output", ""
	}
	return diag.Findings{f}
}

func (ls *layers) selected(e entry) diag.Findings {
	found := 0
	var findings diag.Findings
	for _, item := range krm.Sorted(ls.list.Items) {
		if item.APIVersion() != krm.APIVersion || item.Kind() != inputs.Values || ls.mine(item) || !e.Selector.matches(item) {
			continue
		}
		found++
		findings = append(findings, ls.item(item, e)...)
	}
	if found > 0 {
		return findings
	}
	return diag.Findings{diag.Warningf("empty-selector", e.At, "the selector matches no Values of the stream")}
}

func (s *selector) matches(item *krm.Item) bool {
	for key, value := range s.MatchLabels {
		if item.Label(key) != value {
			return false
		}
	}
	return true
}

func (ls *layers) item(item *krm.Item, e entry) diag.Findings {
	root, findings := item.Parse(ls.list.File(item))
	// An item that is encrypted as a whole is a file like any other.
	if f := inputs.NotEncrypted(root); !findings.Failed() && root.Get(block.Key) == nil && f.Failed() {
		return f
	}
	name := ls.list.FileName(item)
	for n := name; ls.texts[name] != nil && n == name; { // several items of one file, each a layer of its own
		name = ls.list.Within(item, name+" "+item.ID().String(), item.Text())
	}
	ls.texts[name], ls.items[name] = item.Text(), true
	ls.list.Withheld = ls.list.Withheld || item.Annotation(object.SecretsKey) != ""
	f := repo.LayerFile{Path: name}
	if e.Only != "" {
		f.Only = ls.cluster.Fence(e.Only, name)
	}
	ls.files = append(ls.files, f)
	return nil
}

// configMap adds keys, by the rules of otomi.yaml's spec.layers: each glob is an entry, in which secret files come last.
func (ls *layers) configMap(e entry) diag.Findings {
	c, findings := inputs.FindConfigMap(ls.list, e.ConfigMap, e.At)
	if c.Item == nil || findings.Failed() {
		return findings
	}
	globs := e.Keys
	if len(globs) == 0 {
		globs = []string{"**/*"}
	}
	files := inputs.NewFiles(c.Texts)
	added := map[string]bool{}
	for _, g := range globs {
		r := repo.Repo{Layers: []repo.Entry{{Files: g, Only: e.Only, At: e.At}}}
		matched, f := r.Files(files, ls.cluster)
		matched = slices.DeleteFunc(matched, func(m repo.LayerFile) bool { return c.Texts[m.Path] == nil }) // folders
		findings = append(findings, f...)
		if len(matched) == 0 && !f.Failed() {
			findings = append(findings, diag.Warningf("empty-glob", e.At, "%s matches no key of the ConfigMap %s", g, e.ConfigMap))
		}
		for _, m := range matched {
			if added[m.Path] {
				continue
			}
			added[m.Path] = true
			text := c.Texts[m.Path]
			m.Path = ls.list.Within(c.Item, m.Path, text)
			ls.texts[m.Path] = text
			ls.files = append(ls.files, m)
		}
	}
	return findings
}

// errEncrypted stands for the decryption that a function refuses.
var errEncrypted = errors.New("the layer is encrypted, and a function emits no decrypted value")

// load reads the layers. Encrypted ones are refused, or their values replaced by a placeholder.
func (ls *layers) load(placeholder bool) ([]values.Layer, diag.Findings) {
	loader := values.Loader{FS: inputs.NewFiles(ls.texts)}
	if !placeholder {
		loader.Decrypt = func(string, []byte) ([]byte, error) { return nil, errEncrypted }
	}
	loaded, findings := loader.Load(ls.files)
	for i := range findings {
		switch findings[i].Rule {
		case "decrypt":
			findings[i].Hint = "set spec.secrets: placeholder"
		case "plain-secret": // its hint names a command, which may not be there
			findings[i].Hint = "encrypt it with sops"
		case block.PlainInEncrypted:
			findings[i].Hint = "restore it from git, and put the value in with sops"
		}
	}
	for i, l := range loaded {
		if ls.items[l.File.Name] && l.Root != nil {
			loaded[i].Root = l.Root.Get("spec")
		}
	}
	for _, l := range loaded {
		if l.File.Secret {
			ls.list.Hide(l.File.Name)
		}
	}
	return loaded, findings
}
