package secrets

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Value is a value to be put into a file: a string, unless it is plain.
type Value struct {
	Path  []string
	Text  string
	Plain bool // written without quotes: an integer, a number, true or false
}

// Unquoted is the integer, number or boolean that a text reads as. Digits are a decimal number, leading zeros or not.
func (v Value) Unquoted() (Value, bool) {
	text := strings.TrimSpace(v.Text)
	plain := Value{Path: v.Path, Text: text, Plain: true}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		plain.Text = strconv.FormatInt(i, 10)
		return plain, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.eE+-") != "" { // what Go also reads as a number: 0x1p4, 1_0, inf
		return plain, text == "true" || text == "false"
	}
	plain.Text = strconv.FormatFloat(f, 'g', -1, 64)
	return plain, strings.ContainsAny(text, ".eE") // an integer larger than SOPS can hold stays a string
}

// Node is the value as layers hold it, of a file.
func (v Value) Node(file *source.File) *source.Node {
	if !v.Plain {
		return &source.Node{Kind: source.String, Text: v.Text, File: file}
	}
	n, _ := source.ParseFile(file, []byte(v.Text)) // which Unquoted has made
	return n
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
		if !put(doc.Content[0], v.Path, v.leaf()) {
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
func put(n *yaml.Node, path []string, leaf *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		*n = yaml.Node{Kind: yaml.MappingNode}
	}
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == path[0] {
			return len(path) > 1 && put(n.Content[i+1], path[1:], leaf)
		}
	}
	value := &yaml.Node{Kind: yaml.MappingNode}
	n.Style &^= yaml.FlowStyle
	n.Content = append(n.Content, stringNode(path[0]), value)
	if len(path) > 1 {
		return put(value, path[1:], leaf)
	}
	*value = *leaf
	return true
}

func (v Value) leaf() *yaml.Node {
	if v.Plain {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.Text}
	}
	return stringNode(v.Text)
}

func stringNode(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	if n.Style == 0 {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}
