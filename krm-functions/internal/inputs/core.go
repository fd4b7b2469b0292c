package inputs

import (
	"io/fs"
	"slices"
	"strings"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Stream is the word that stands for the items of the stream themselves.
const Stream = "stream"

// Ref is where a core, or its policies, come from: `embedded`, `stream`, or {configMap: NAME}.
type Ref struct {
	Word      string
	ConfigMap string
	At        diag.Position
}

// DecodeNode reads a word or a map.
func (r *Ref) DecodeNode(n *source.Node) diag.Findings {
	return r.Read(n, "core-source", "want embedded or {configMap: NAME}")
}

// Read reads a word or a map; what is neither is a finding of the rule that says what is wanted.
func (r *Ref) Read(n *source.Node, rule, want string) diag.Findings {
	r.At = n.At()
	if n.Kind == source.String {
		r.Word = n.Text
		return nil
	}
	var m struct {
		ConfigMap string `json:"configMap"`
	}
	findings := source.Decode(n, &m)
	r.ConfigMap = m.ConfigMap
	if r.ConfigMap == "" && !findings.Failed() {
		findings = append(findings, diag.Errorf(rule, r.At, "%s", want))
	}
	return findings
}

// Schema is a word or a map.
func (r *Ref) Schema() *krm.Schema {
	return &krm.Schema{OneOf: []*krm.Schema{{Type: "string"}, {
		Type: "object", Required: []string{"configMap"}, Properties: map[string]*krm.Schema{"configMap": {Type: "string"}}, Others: false,
	}}}
}

// Stack opens cores, low to high; without any, the embedded one. kubeVersion is the cluster's, "" where nobody says.
func Stack(l *krm.List, refs []Ref, kubeVersion string) (core.Stack, diag.Findings) {
	if len(refs) == 0 {
		refs = []Ref{{Word: core.Embedded}}
	}
	var sources []repo.CoreSource
	var findings diag.Findings
	opened := map[string]fs.FS{}
	for _, r := range refs {
		if r.ConfigMap == "" {
			if r.Word != core.Embedded {
				f := diag.Errorf("core-source", r.At, "there is no core %q; want embedded or {configMap: NAME}", r.Word)
				f.Hint = diag.DidYouMean(r.Word, []string{core.Embedded})
				findings = append(findings, f)
				continue
			}
			sources = append(sources, repo.CoreSource{Source: core.Embedded, At: r.At})
			continue
		}
		c, f := FindConfigMap(l, r.ConfigMap, r.At)
		findings = append(findings, f...)
		if c.Item == nil {
			continue
		}
		name := "./" + r.ConfigMap // never the word embedded
		opened[name] = c.core(l)
		sources = append(sources, repo.CoreSource{Source: name, At: r.At})
	}
	opener := core.Opener{Embedded: otomi.Core, Dir: func(name string) (fs.FS, error) { return opened[name], nil }}
	stack, f := opener.Open(sources, kubeVersion)
	// A functionConfig has no version to pin: the function's image is what is pinned.
	f = slices.DeleteFunc(f, func(x diag.Finding) bool { return x.Rule == "unpinned-core" })
	l.Text = embedded
	return stack, append(findings, f...)
}

// core is the ConfigMap as a core, its files known to findings by the names that the stack gives them.
func (c ConfigMap) core(l *krm.List) fs.FS {
	display := core.Core{Name: c.Item.Name()}
	for name, text := range c.Texts {
		l.Within(c.Item, display.Display(name), text)
	}
	return NewFiles(c.Texts)
}

// embedded is the text of a file of the embedded core, by the name that the stack gives it.
func embedded(name string) []byte {
	inside, ok := strings.CutPrefix(name, core.Embedded+":")
	if !ok {
		return nil
	}
	text, err := otomi.Core.ReadFile(inside)
	if err != nil {
		return nil
	}
	return text
}
