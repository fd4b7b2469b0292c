package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// What a file may hold at most: text beyond these is no configuration that people write, and is refused before it costs
// time or memory.
const (
	MaxBytes = 32 << 20 // of one file
	maxDepth = 200      // levels of nesting
	maxAlias = 1 << 20  // values that aliases stand for, all together
)

// Parse reads one document. An empty file, or one of comments only, gives nil and no finding.
func Parse(name string, data []byte) (*Node, diag.Findings) {
	return ParseFile(&File{Name: name, Data: data}, data)
}

// ParseFile reads one document of data whose nodes belong to file. The two differ where the text that users see is not
// the text that is read: an encrypted file, or what a template rendered.
func ParseFile(file *File, data []byte) (*Node, diag.Findings) {
	whole := diag.Position{File: file.Name}
	if len(data) > MaxBytes {
		return nil, diag.Findings{diag.Errorf("too-large", whole, "the file has %d bytes, more than the %d a file may have", len(data), MaxBytes)}
	}
	if i := invalid(data); i >= 0 {
		at := diag.Position{File: file.Name, Line: 1 + bytes.Count(data[:i], []byte("\n"))}
		return nil, diag.Findings{diag.Errorf("not-utf8", at, "the file is not UTF-8 text").WithHint("save it as UTF-8")}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, diag.Findings{syntax(file.Name, err)}
	}
	if err := decoder.Decode(&next); err == nil {
		at := diag.Position{File: file.Name, Line: next.Line, Col: next.Column}
		return nil, diag.Findings{diag.Errorf("several-documents", at, "a second document begins here; one file holds one").WithHint("move it to a file of its own")}
	} else if !errors.Is(err, io.EOF) {
		return nil, diag.Findings{syntax(file.Name, err)}
	}
	r := reader{file: file, done: map[*yaml.Node]*Node{}, open: map[*yaml.Node]bool{}, size: map[*yaml.Node]int{}}
	n := r.node(doc.Content[0], 0)
	if n != nil && n.Kind == Null && !r.findings.Failed() {
		return nil, r.findings
	}
	return n, r.findings
}

// invalid is the index of the first byte that is not UTF-8 text, or -1.
func invalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// syntax turns an error of the YAML parser into a finding with the line that the error names.
func syntax(name string, err error) diag.Finding {
	line, message := ErrorLine(err)
	return diag.Errorf("yaml-syntax", diag.Position{File: name, Line: line}, "%s", message)
}

// ErrorLine takes the error of a YAML parser of the go-yaml family apart. Those parsers count lines from 1 where the text
// cannot be cut into tokens, from 0 where the tokens make no sense, and leave out a line 0.
func ErrorLine(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	line = 1
	m := regexp.MustCompile(`(?s)line (\d+): (.*)$`).FindStringSubmatch(message)
	if m == nil {
		return line, message
	}
	line, _ = strconv.Atoi(m[1])
	message = m[2]
	if strings.HasPrefix(message, "did not find expected") {
		line++
	}
	return line, message
}

// reader turns the parser's nodes into ours.
type reader struct {
	file     *File
	findings diag.Findings
	done     map[*yaml.Node]*Node // what anchors turned into
	open     map[*yaml.Node]bool  // anchors being read: an alias to one of them has no end
	size     map[*yaml.Node]int   // values below an anchor, aliases expanded
	aliased  int                  // values that aliases stand for so far
	values   int                  // values so far, aliases expanded
}

func (r *reader) fail(f diag.Finding) { r.findings = append(r.findings, f) }

func (r *reader) node(y *yaml.Node, depth int) *Node {
	if depth > maxDepth {
		if depth == maxDepth+1 {
			r.fail(diag.Errorf("too-deep", r.at(y), "more than %d levels of nesting", maxDepth))
		}
		return &Node{File: r.file}
	}
	if y.Kind == yaml.AliasNode {
		return r.alias(y)
	}
	if y.Anchor != "" {
		r.open[y] = true
		defer delete(r.open, y)
		before := r.values
		defer func() { r.size[y] = r.values - before }()
	}
	r.values++
	n := &Node{File: r.file, Line: int32(y.Line), Col: int32(y.Column)}
	switch y.Kind {
	case yaml.MappingNode:
		r.mapping(y, n, depth)
	case yaml.SequenceNode:
		n.Kind = List
		r.tag(y, n)
		n.Items = make([]*Node, len(y.Content))
		for i, c := range y.Content {
			n.Items[i] = r.node(c, depth+1)
		}
	default:
		if f := resolve(y, n); f != nil {
			r.fail(*f)
		}
	}
	if y.Anchor != "" {
		r.done[y] = n
	}
	return n
}

func (r *reader) alias(y *yaml.Node) *Node {
	if r.open[y.Alias] {
		r.fail(diag.Errorf("alias-cycle", r.at(y), "the alias *%s stands inside the value that it names", y.Value))
		return &Node{File: r.file}
	}
	r.aliased += r.size[y.Alias]
	r.values += r.size[y.Alias]
	if r.aliased > maxAlias {
		if r.aliased-r.size[y.Alias] <= maxAlias {
			r.fail(diag.Errorf("alias-bomb", r.at(y), "the aliases of this file stand for more than %d values", maxAlias))
		}
		return &Node{File: r.file}
	}
	if n := r.done[y.Alias]; n != nil {
		return n
	}
	return &Node{File: r.file}
}

func (r *reader) at(y *yaml.Node) diag.Position {
	return diag.Position{File: r.file.Name, Line: y.Line, Col: y.Column}
}

// tag accepts !replace and the tag that the collection has anyway.
func (r *reader) tag(y *yaml.Node, n *Node) {
	if y.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch tag := y.ShortTag(); {
	case tag == "!replace":
		n.Replace = true
	case tag == "!!map" && n.Kind == Map, tag == "!!seq" && n.Kind == List:
	default:
		r.fail(diag.Errorf("unknown-tag", r.at(y), "tag %s cannot be used on %s", tag, n.Kind.Article()))
	}
}

func (r *reader) mapping(y *yaml.Node, n *Node, depth int) {
	n.Kind = Map
	r.tag(y, n)
	type field struct {
		key   Key
		value *Node
	}
	fields := make([]field, 0, len(y.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
			merges = append(merges, v)
			continue
		}
		if key, ok := r.key(k); ok {
			fields = append(fields, field{key, r.node(v, depth+1)})
		}
	}
	slices.SortStableFunc(fields, func(a, b field) int { return strings.Compare(a.key.Name, b.key.Name) })
	n.Keys, n.Items = make([]Key, 0, len(fields)), make([]*Node, 0, len(fields))
	for i, f := range fields {
		if i > 0 && f.key.Name == fields[i-1].key.Name {
			first := n.Keys[len(n.Keys)-1]
			r.fail(diag.Errorf("duplicate-key", f.key.At(), "key %q is set twice in one map", f.key.Name).WithNote(first.At(), "first set here"))
			continue
		}
		n.Keys, n.Items = append(n.Keys, f.key), append(n.Items, f.value)
	}
	for _, m := range merges {
		r.mergeKey(m, n, depth)
	}
}

// key reads a map's key: a string, or another scalar whose text is taken as it stands.
func (r *reader) key(y *yaml.Node) (Key, bool) {
	for y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if y.Kind != yaml.ScalarNode {
		r.fail(diag.Errorf("key-type", r.at(y), "a key must be a string"))
		return Key{}, false
	}
	plain := y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) == 0
	if plain && ambiguous(y.Value) {
		r.fail(diag.Errorf("ambiguous-scalar", r.at(y), "the key %s is a string in YAML 1.2 and a boolean in YAML 1.1", y.Value).
			WithHint(`write "%s" in quotes`, y.Value))
		return Key{}, false
	}
	return Key{Name: y.Value, Line: int32(y.Line), Col: int32(y.Column), File: r.file}, true
}

// mergeKey adds what `<<` names, a map or a list of maps, below the keys that are there: yaml.org/type/merge.html.
func (r *reader) mergeKey(y *yaml.Node, n *Node, depth int) {
	from := r.node(y, depth+1)
	if from.Kind == List {
		for i, item := range from.Items {
			r.inherit(item, n, r.at(y.Content[i]))
		}
		return
	}
	r.inherit(from, n, r.at(y))
}

func (r *reader) inherit(from, n *Node, at diag.Position) {
	if from.Kind != Map {
		r.fail(diag.Errorf("merge-key", at, "<< takes a map or a list of maps, not %s", from.Kind.Article()))
		return
	}
	for i, k := range from.Keys {
		if at, found := n.Find(k.Name); !found {
			n.Keys, n.Items = slices.Insert(n.Keys, at, k), slices.Insert(n.Items, at, from.Items[i])
		}
	}
}

// Path shows a path of keys and indices as people write it: teams.blue.services[0].name. ParsePath reads it.
func Path(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		switch _, err := strconv.Atoi(p); {
		case err == nil:
			fmt.Fprintf(&b, "[%s]", p)
		case p == "", strings.ContainsAny(p, ".[]/ "), strings.ContainsFunc(p, unicode.IsControl):
			fmt.Fprintf(&b, "[%q]", p)
		case b.Len() > 0:
			b.WriteString("." + p)
		default:
			b.WriteString(p)
		}
	}
	return b.String()
}
