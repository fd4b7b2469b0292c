package mergevalues

import (
	"bytes"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

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
	if l.Withheld { // encoded ones are not seen in the tree
		b.WriteString("    " + object.SecretsKey + ": placeholder\n")
	}
	b.Write(spec)
	// Go's quoted strings are YAML's, and hold no line break of any kind, which JSON's may.
	b.WriteString("status:\n  sources:\n")
	if len(tree.Root.Items) == 0 {
		b.WriteString("    {}\n")
	}
	var secrets []string
	leaves(tree.Root, "", func(pointer string, n *source.Node) {
		b.WriteString("    " + strconv.Quote(pointer) + ": " + strconv.Quote(l.Position(n.At()).String()) + "\n")
		if n.Hidden() {
			secrets = append(secrets, "  - "+strconv.Quote(pointer)+"\n")
		}
	})
	if len(secrets) > 0 { // so that the functions after this one, which have no schema, do not tell them either
		b.WriteString("  secrets:\n" + strings.Join(secrets, ""))
	}
	return krm.New(b.Bytes())
}

// leaves tells every leaf whose place is known, by its JSON pointer.
func leaves(n *source.Node, pointer string, tell func(string, *source.Node)) {
	if len(n.Items) == 0 {
		if pointer != "" && !n.At().IsZero() {
			tell(pointer, n)
		}
		return
	}
	for i, item := range n.Items {
		key := strconv.Itoa(i)
		if n.Kind == source.Map {
			key = n.Keys[i].Name
		}
		leaves(item, inputs.Pointer(pointer, key), tell)
	}
}
