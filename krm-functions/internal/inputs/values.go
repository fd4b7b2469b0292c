package inputs

import (
	"path"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Values is the kind of layers and of merged trees.
const Values = "Values"

// ValuesRef names a merged Values item.
type ValuesRef struct {
	Name string `json:"name" schema:"required"`
	At   diag.Position
}

// DecodeNode reads the reference and remembers where it stands.
func (r *ValuesRef) DecodeNode(n *source.Node) diag.Findings {
	type fields ValuesRef
	r.At = n.At()
	findings := source.Decode(n, (*fields)(r))
	if r.Name == "" && !findings.Failed() {
		findings = append(findings, diag.Errorf("required", r.At, "the value is missing").WithPath("name"))
	}
	return findings
}

// Tree reads a merged Values item. Every value is at the place that status.sources tells, and else at its own in the item;
// what status.secrets lists is secret.
func Tree(l *krm.List, r ValuesRef) (*values.Tree, diag.Findings) {
	item, findings := one(l, krm.APIVersion, Values, r.Name, r.At)
	if item == nil {
		return nil, findings
	}
	findings = append(findings, NotLocal(item)...)
	root, f := item.Parse(l.File(item))
	findings = append(findings, f...)
	if findings.Failed() {
		return nil, findings
	}
	spec := root.Get("spec")
	if spec == nil || spec.Kind != source.Map {
		return nil, append(findings, diag.Errorf("layer-type", root.At(), "the Values have no map").WithPath("spec"))
	}
	if f := NotEncrypted(root); f.Failed() {
		return nil, append(findings, f...)
	}
	return tree(root), findings
}

// tree is the spec of a merged Values item, with what its status tells.
func tree(root *source.Node) *values.Tree {
	p := placer{sources: root.Lookup("status", "sources"), files: map[string]*source.File{}, secrets: map[string]bool{}}
	if told := root.Lookup("status", "secrets"); told != nil {
		for _, pointer := range told.Items {
			p.secrets[pointer.Text] = true
		}
	}
	return &values.Tree{Root: p.place(root.Get("spec"), "")}
}

// NotEncrypted refuses Values in the spec of which stands what SOPS has encrypted.
func NotEncrypted(root *source.Node) diag.Findings {
	spec := root.Get("spec")
	if !block.Encrypted(spec) {
		return nil
	}
	return diag.Findings{diag.Errorf("decrypt", spec.At(), "the values are encrypted, and a function decrypts none").WithPath("spec").
		WithHint("give the encrypted file as a key of a ConfigMap to merge-values, with spec.secrets: placeholder")}
}

// NotLocal warns of Values that would be applied.
func NotLocal(item *krm.Item) diag.Findings {
	if item.Local() {
		return nil
	}
	f := diag.Warningf("not-local-config", diag.Position{File: item.Path()}, "the Values go on to the cluster, which does not know them").
		WithHint(`annotate them config.kubernetes.io/local-config: "true"`)
	f.Object, f.Path, f.Proposed = item.ID().String(), `metadata.annotations["config.kubernetes.io/local-config"]`, "true"
	return diag.Findings{f}
}

// Pointer extends a JSON pointer (RFC 6901) by a key.
func Pointer(above, key string) string {
	if strings.ContainsAny(key, "~/") {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	}
	return above + "/" + key
}

// placer gives values the places that status.sources tells, and marks those that are secret.
type placer struct {
	sources *source.Node
	files   map[string]*source.File
	secrets map[string]bool // by pointer: what status.secrets tells
}

func (p *placer) place(n *source.Node, pointer string) *source.Node {
	c := *n
	c.Secret = c.Secret || p.secrets[pointer]
	if len(n.Items) == 0 {
		if text := p.sources.Get(pointer); text != nil {
			c.File, c.Line, c.Col = p.position(text.Text)
		}
		return &c
	}
	c.Items, c.Keys = make([]*source.Node, len(n.Items)), make([]source.Key, len(n.Keys))
	for i, item := range n.Items {
		key := strconv.Itoa(i)
		if n.Kind == source.Map {
			key = n.Keys[i].Name
		}
		child := p.place(item, Pointer(pointer, key))
		c.Items[i] = child
		if n.Kind == source.Map { // a key is told no place of its own: that of its value is near
			c.Keys[i] = source.Key{Name: key, File: child.File, Line: child.Line, Col: child.Col}
		}
		if i == 0 {
			c.File, c.Line, c.Col = child.File, child.Line, child.Col
		}
	}
	return &c
}

// position reads file:line:col; line and column may be missing.
func (p *placer) position(text string) (file *source.File, line, col int32) {
	name, last := cutNumber(text)
	if last > 0 {
		if before, n := cutNumber(name); n > 0 {
			name, line, col = before, n, last
		} else {
			line = last
		}
	}
	if p.files[name] == nil {
		p.files[name] = &source.File{Name: name, Secret: strings.HasPrefix(path.Base(name), "secrets.")}
	}
	return p.files[name], line, col
}

func cutNumber(text string) (string, int32) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, 0
	}
	n, err := strconv.ParseInt(text[i+1:], 10, 32)
	if err != nil || n <= 0 {
		return text, 0
	}
	return text[:i], int32(n)
}
