package mergevalues

import (
	"bytes"
	"strconv"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// output is the merged tree as an item. Secret values in it are placeholders, or were plain in the stream.
func output(l *krm.List, name string, tree *values.Tree) (*krm.Item, error) {
	spec, err := values.Print{Secrets: true}.YAML(&source.Node{Kind: source.Map, Keys: []source.Key{{Name: "spec"}}, Items: []*source.Node{tree.Root}})
	if err != nil {
		return nil, err
	}
	written, err := yaml.Marshal(name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("apiVersion: " + krm.APIVersion + "\nkind: " + inputs.Values + "\nmetadata:\n  name: " + string(written))
	b.WriteString("  annotations:\n    " + object.LocalConfig + ": \"true\"\n")
	b.Write(spec)
	// Go's quoted strings are YAML's, and hold no line break of any kind, which JSON's may.
	b.WriteString("status:\n  sources:\n")
	if len(tree.Root.Items) == 0 {
		b.WriteString("    {}\n")
	}
	sources(tree.Root, "", func(pointer string, at diag.Position) {
		b.WriteString("    " + strconv.Quote(pointer) + ": " + strconv.Quote(l.Position(at).String()) + "\n")
	})
	return krm.New(b.Bytes())
}

// sources tells the place of every leaf, by its JSON pointer.
func sources(n *source.Node, pointer string, tell func(string, diag.Position)) {
	if len(n.Items) == 0 {
		if pointer != "" && !n.At().IsZero() {
			tell(pointer, n.At())
		}
		return
	}
	for i, item := range n.Items {
		key := strconv.Itoa(i)
		if n.Kind == source.Map {
			key = n.Keys[i].Name
		}
		sources(item, inputs.Pointer(pointer, key), tell)
	}
}
