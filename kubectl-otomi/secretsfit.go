package main

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// candidate is a value that was made for a secret that a cluster lacks.
type candidate struct {
	values.MissingSecret
	value  secrets.Value
	file   string // that it goes into
	shared bool   // it was made for another cluster, and this one reads the file too
}

// fit has the schema judge a cluster's tree with the values that were made for it, and says which it refuses. Generators make
// text: where the schema wants another type, the value becomes what the text reads as.
func fit(b *built, made []candidate) diag.Findings {
	if len(made) == 0 {
		return nil
	}
	before := b.schema.Check(b.tree)
	for {
		var refused diag.Findings
		changed := false
		for _, f := range b.schema.Check(with(b.tree, made)) {
			i := blame(f, before, made)
			if i < 0 {
				continue
			}
			c := &made[i]
			if v, ok := c.value.Unquoted(); ok && f.Rule == "schema-type" && !c.value.Plain && !c.shared {
				c.value, changed = v, true
				continue
			}
			refused = append(refused, c.refusal(f))
		}
		if !changed {
			return refused
		}
	}
}

// refusal is what the schema has to say of a value, where the secret is described: the value stands nowhere yet.
func (c candidate) refusal(f diag.Finding) diag.Finding {
	out := diag.Errorf(secrets.RuleGenerator, c.Secret.At, "the schema refuses what the generator makes: %s", f.Message)
	if c.shared {
		out.Message = "the schema refuses what was made for another cluster that reads " + c.file + ": " + f.Message
		out.Hint = "generate for this cluster first, or choose another file: --file FILE"
	}
	out.Path, out.Notes = source.Path(c.Path), f.Notes
	return out
}

// blame is the value that a finding is about, or that brought it about: one on a map around it that had no other fault
// before.
func blame(f diag.Finding, before diag.Findings, made []candidate) int {
	own := func(path string) int {
		return slices.IndexFunc(made, func(c candidate) bool { return source.Path(c.Path) == path })
	}
	if i := own(f.Path); i >= 0 {
		return i
	}
	if slices.ContainsFunc(before, func(old diag.Finding) bool { return leadsTo(old.Path, f.Path) && own(old.Path) < 0 }) {
		return -1
	}
	return slices.IndexFunc(made, func(c candidate) bool { return leadsTo(source.Path(c.Path), f.Path) })
}

// leadsTo reports whether a path is another or leads into it.
func leadsTo(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || above == "" || rest[0] == '.' || rest[0] == '[')
}

// with is the tree with the values that were made.
func with(tree *values.Tree, made []candidate) *values.Tree {
	file := &source.File{Name: "generated", Secret: true}
	root := &source.Node{Kind: source.Map, File: file}
	for _, c := range made {
		n := root
		for i, name := range c.Path {
			at, ok := n.Find(name)
			if !ok {
				item := &source.Node{Kind: source.Map, File: file}
				if i == len(c.Path)-1 {
					item = c.value.Node(file)
				}
				n.Keys, n.Items = slices.Insert(n.Keys, at, source.Key{Name: name, File: file}), slices.Insert(n.Items, at, item)
			}
			n = n.Items[at]
		}
	}
	tree, _ = tree.With(values.Layer{File: file, Root: root}) // what is missing is in nobody's way
	return tree
}
