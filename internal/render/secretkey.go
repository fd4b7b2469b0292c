package render

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// keyGuard looks for keys that were made of secrets, for keys are shown wherever values are.
type keyGuard struct {
	public   func(name string) bool
	findings diag.Findings
}

// secretKeys reports the keys that a run without secrets does not write and that are public nowhere else. Where there was no
// such run, it knows only those that hold a secret in a form that is looked for.
func (r *renderer) secretKeys(with, without *source.Node, t coreTemplate) diag.Findings {
	g := keyGuard{public: func(name string) bool { return r.secrets.Text(name) == name }}
	if without != nil {
		g.public = func(name string) bool { return t.says(name) || shows(r.Tree.Root, name) }
	}
	g.node(with, without)
	return g.findings
}

func (g *keyGuard) node(with, without *source.Node) {
	for i, item := range with.Items {
		var other *source.Node // in the same place
		if without != nil && without.Kind == source.List && i < len(without.Items) {
			other = without.Items[i]
		}
		if with.Kind == source.Map {
			key := with.Keys[i]
			if other = without.Get(key.Name); other == nil && !g.public(key.Name) {
				g.findings = append(g.findings, diag.Errorf("secret-key", key.At(), "this key is made of a secret value, and keys are not hidden").
					WithHint("write the secret as a value, below a key that may be seen"))
				continue
			}
		}
		g.node(item, other)
	}
}

// says reports whether the template or a partial of its has the words.
func (t coreTemplate) says(words string) bool {
	own, _ := readTemplate(t.fsys, t.name) // executing it has said what is wrong
	files, _ := partials(t)
	for _, f := range files {
		own = append(own, f.Text...)
	}
	return strings.Contains(string(own), words)
}

// shows reports whether a name is a key of the value, or a text in it that is not secret.
func shows(n *source.Node, name string) bool {
	if _, found := n.Find(name); found {
		return true
	}
	if n.Kind.Scalar() {
		return n.Text == name && !n.Hidden()
	}
	return slices.ContainsFunc(n.Items, func(item *source.Node) bool { return shows(item, name) })
}
