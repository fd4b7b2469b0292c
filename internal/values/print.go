package values

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// Redacted stands for a secret value in what is shown to people.
const Redacted = "<redacted>"

// Encrypted stands for a secret value that was not decrypted, where fingerprints are shown.
const Encrypted = "encrypted"

// Print is how a tree is shown.
type Print struct {
	Secrets bool   // show secret values
	Origin  bool   // YAML: the source of each leaf as a trailing comment
	Key     []byte // show secret values as fingerprints under this key: equal ones for equal values, which only the key's owner can tell
}

// Plain is a value as plain Go values; see source.Node.Value.
func (p Print) Plain(n *source.Node) any { return p.plain(n).Value() }

// JSON is a value as indented JSON with sorted keys.
func (p Print) JSON(n *source.Node) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(p.Plain(n))
	return b.Bytes(), err
}

// YAML is a value as YAML with sorted keys.
func (p Print) YAML(n *source.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(p.node(p.plain(n))); err != nil {
		return nil, fmt.Errorf("write values: %w", err)
	}
	err := e.Close()
	return b.Bytes(), err
}

// plain hides secret scalars, unless they are to be shown.
func (p Print) plain(n *source.Node) *source.Node {
	if p.Secrets || !secret(n) {
		return n
	}
	c := *n
	if n.Kind.Scalar() {
		c.Kind, c.Text = source.String, p.hidden(n)
		return &c
	}
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		c.Items[i] = p.plain(item)
	}
	return &c
}

// hidden is what stands for a secret scalar. Its kind counts too: "5" and 5 are two values.
func (p Print) hidden(n *source.Node) string {
	switch {
	case p.Key == nil:
		return Redacted
	case strings.Contains(n.Text, Placeholder):
		return Encrypted
	}
	mac := hmac.New(sha256.New, p.Key)
	_, _ = mac.Write(append([]byte{byte(n.Kind)}, n.Text...)) // a hash takes all
	return "secret:" + hex.EncodeToString(mac.Sum(nil)[:6])
}

// Line is a value as YAML on one line, cut off at the width.
func (p Print) Line(n *source.Node, width int) (string, error) {
	y := p.node(p.plain(n))
	oneLine(y)
	data, err := yaml.Marshal(y)
	if err != nil {
		return "", fmt.Errorf("write value: %w", err)
	}
	line := []rune(strings.TrimSuffix(string(data), "\n"))
	if len(line) > width {
		line = append(line[:width-1], '…')
	}
	return string(line), nil
}

func oneLine(y *yaml.Node) {
	if y.Kind != yaml.ScalarNode {
		y.Style = yaml.FlowStyle
	} else if strings.ContainsAny(y.Value, "\n\r\u0085\u2028\u2029") {
		y.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range y.Content {
		oneLine(c)
	}
}

func (p Print) node(n *source.Node) *yaml.Node {
	y := &yaml.Node{}
	switch n.Kind {
	case source.Map:
		y.Kind = yaml.MappingNode
		for i, k := range n.Keys {
			y.Content = append(y.Content, text(k.Name), p.node(n.Items[i]))
		}
	case source.List:
		y.Kind = yaml.SequenceNode
		for _, item := range n.Items {
			y.Content = append(y.Content, p.node(item))
		}
	case source.String:
		y = text(n.Text)
	default:
		tag := map[source.Kind]string{source.Null: "!!null", source.Bool: "!!bool", source.Int: "!!int", source.Float: "!!float"}[n.Kind]
		y.Kind, y.Tag, y.Value = yaml.ScalarNode, tag, n.Text
		if n.Kind == source.Null {
			y.Value = "null"
		}
	}
	if len(n.Items) == 0 && !n.Kind.Scalar() {
		y.Style = yaml.FlowStyle
	}
	if p.Origin && len(n.Items) == 0 {
		y.LineComment = comment(n.At().String())
	}
	return y
}

// word reports whether a text is surely no other scalar of YAML 1.1, whose longest word for a boolean has three letters: most
// texts, and asking the encoder about each costs more than all else.
func word(s string) bool {
	letter := func(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
	return len(s) > 3 && letter(rune(s[0])) && !strings.ContainsFunc(s, func(r rune) bool {
		return !letter(r) && !('0' <= r && r <= '9') && !strings.ContainsRune("-_./", r)
	})
}

// comment is a place as one line of text, whatever the file is called.
func comment(place string) string {
	if strings.ContainsFunc(place, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(place)
	}
	return place
}

// text writes a string that YAML 1.1 and 1.2 both read as one.
func text(s string) *yaml.Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if word(s) {
		return y
	}
	if err := y.Encode(s); err != nil { // not UTF-8: written as it is
		y.SetString(s)
	}
	// The encoder gets a block wrong that begins with white space, and knows line breaks of YAML 1.1 as others do not.
	if s != strings.TrimLeft(s, " \t\n") && strings.Contains(s, "\n") || strings.ContainsAny(s, "\u0085\u2028\u2029\r") {
		y.Style = yaml.DoubleQuotedStyle
	}
	return y
}
