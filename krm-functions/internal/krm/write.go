package krm

import (
	"bytes"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// Write writes the list with what functions had to say as its results.
func (l *List) Write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("apiVersion: " + l.apiVersion + "\nkind: ResourceList\nitems:")
	if len(l.Items) == 0 {
		b.WriteString(" []")
	}
	b.WriteByte('\n')
	for _, i := range l.Items {
		if i.raw != nil {
			b.Write(i.raw)
			continue
		}
		indented(&b, strings.Repeat(" ", l.dash), encode(i.node))
	}
	if l.Config != nil {
		b.WriteString("functionConfig:\n")
		for _, line := range split(encode(l.Config.node)) {
			indent(&b, "  ", line)
		}
	}
	if len(l.results) > 0 {
		b.WriteString("results:\n")
	}
	for _, r := range l.results {
		text, err := sigsyaml.Marshal(r)
		if err != nil {
			return err
		}
		indented(&b, "", text)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// indented writes a document as an item of a list.
func indented(b *bytes.Buffer, margin string, text []byte) {
	for n, line := range split(text) {
		lead := margin + "  "
		if n == 0 {
			lead = margin + "- "
		}
		indent(b, lead, line)
	}
}

// indent leaves empty lines empty.
func indent(b *bytes.Buffer, lead string, line []byte) {
	if len(bytes.TrimRight(line, breaks)) > 0 {
		b.WriteString(lead)
	}
	b.Write(line)
}

// expand replaces aliases by copies of what they stand for.
func expand(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	c := *n
	c.Anchor = ""
	c.Content = make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		c.Content[i] = expand(n.Content[i])
	}
	return &c
}

// become is the item after a function has rendered it again: itself when nothing has changed, else what was rendered, with
// the orchestrator's annotations.
func (i *Item) become(w *Item) *Item {
	if reflect.DeepEqual(i.content(), w.content()) {
		return i
	}
	annotations := get(i.node, "metadata", "annotations")
	for k := 0; annotations != nil && k+1 < len(annotations.Content); k += 2 {
		if key := follow(annotations.Content[k]).Value; Wire(key) {
			w.SetAnnotation(key, scalar(follow(annotations.Content[k+1])))
		}
	}
	return w
}

// content is what an item says, without what orchestrators and validators add to it; nil where it cannot be read.
func (i *Item) content() map[string]any {
	js, err := sigsyaml.YAMLToJSON(i.Text())
	if err != nil {
		return nil
	}
	var content map[string]any
	if err := utiljson.Unmarshal(js, &content); err != nil {
		return nil
	}
	metadata, _ := content["metadata"].(map[string]any)
	if annotations, ok := metadata["annotations"].(map[string]any); ok {
		for key := range annotations {
			if Wire(key) {
				delete(annotations, key)
			}
		}
	}
	if labels, ok := metadata["labels"].(map[string]any); ok {
		delete(labels, object.LabelChecked)
		if len(labels) == 0 {
			delete(metadata, "labels")
		}
	}
	return content
}
