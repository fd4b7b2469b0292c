package secrets

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Value is a value to be put into a file.
type Value struct {
	Path []string
	Text string
}

// Fill puts values into an encrypted file, or makes one of them where data is empty. What the file has stays as it is; a
// value that it has already is an error. An error is a diag.Findings.
func (c Config) Fill(name string, data []byte, fill []Value, now time.Time) ([]byte, error) {
	doc := &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	if len(data) > 0 {
		plain, err := Decrypt(name, data)
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(plain, doc); err != nil {
			return nil, unwritable(name)
		}
	}
	for _, v := range fill {
		if !put(doc.Content[0], v.Path, v.Text) {
			return nil, diag.Findings{diag.Errorf(ruleUnfit, diag.Position{File: name}, "the file sets this value, or one above it, already").WithPath(source.Path(v.Path))}
		}
	}
	text, err := yaml.Marshal(doc)
	if err != nil {
		return nil, unwritable(name)
	}
	if len(data) == 0 {
		return c.Encrypt(name, text, now)
	}
	return c.Edit(name, data, text, now)
}

// put sets a value where none is, and says whether there was room.
func put(n *yaml.Node, path []string, text string) bool {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		*n = yaml.Node{Kind: yaml.MappingNode}
	}
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == path[0] {
			return len(path) > 1 && put(n.Content[i+1], path[1:], text)
		}
	}
	value := &yaml.Node{Kind: yaml.MappingNode}
	n.Style &^= yaml.FlowStyle
	n.Content = append(n.Content, stringNode(path[0]), value)
	if len(path) > 1 {
		return put(value, path[1:], text)
	}
	*value = *stringNode(text)
	return true
}

func stringNode(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	if n.Style == 0 {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}
