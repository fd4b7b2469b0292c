package krm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// What a stream may hold at most. Orchestrators keep all of it in memory several times over; text beyond these is an accident.
const (
	maxBytes = 64 << 20
	maxNodes = 1 << 22 // of one item, with what its aliases stand for
)

var errNoMap = errors.New("the text holds no map")

// Read reads a ResourceList. What cannot be read as one is a finding, and the List is then nil; items that say not what they
// are are a finding, too, but what they hold can be written again.
func Read(data []byte) (*List, diag.Findings) {
	root, finding := parse(data)
	if finding != nil {
		return nil, diag.Findings{*finding}
	}
	restore(root)
	l := &List{apiVersion: scalar(get(root, "apiVersion"))}
	if kind := scalar(get(root, "kind")); kind != "ResourceList" || !strings.HasPrefix(l.apiVersion, "config.kubernetes.io/v1") {
		return nil, wire("stdin holds %s %s, not a ResourceList of config.kubernetes.io/v1", or(l.apiVersion, "no apiVersion"), or(kind, "no kind"))
	}
	findings, unnamed := twice(root), diag.Findings{}
	if n := get(root, "functionConfig"); n != nil && n.ShortTag() != "!!null" {
		findings = append(findings, sound(n, "functionConfig")...)
		unnamed = append(unnamed, named(n, "functionConfig")...)
		l.Config = &Item{node: n}
	}
	items := get(root, "items")
	switch {
	case items == nil || items.ShortTag() == "!!null":
	case items.Kind != yaml.SequenceNode:
		findings = append(findings, wire("items is no list")...)
	default:
		for i, n := range items.Content {
			findings = append(findings, sound(n, fmt.Sprintf("items[%d]", i))...)
			unnamed = append(unnamed, named(n, fmt.Sprintf("items[%d]", i))...)
			l.Items = append(l.Items, &Item{node: follow(n)})
		}
	}
	if findings.Failed() {
		return nil, findings
	}
	if items != nil && items.Style&yaml.FlowStyle == 0 && len(items.Content) > 0 {
		l.dash = items.Column - 1
		l.slice(split(data), items, after(root, items))
	}
	return l, unnamed
}

// parse reads the one document that a stream holds.
func parse(data []byte) (*yaml.Node, *diag.Finding) {
	fail := func(format string, args ...any) (*yaml.Node, *diag.Finding) { return nil, &wire(format, args...)[0] }
	switch {
	case len(data) > maxBytes:
		return fail("the stream has more than the %d bytes that a function reads", maxBytes)
	case len(bytes.TrimSpace(data)) == 0:
		return fail("stdin is empty; it takes a ResourceList")
	case !utf8.Valid(data):
		return fail("the stream is not UTF-8 text")
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	if err := d.Decode(&doc); err != nil {
		return fail("read ResourceList: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := d.Decode(&next); err == nil {
		return fail("a second document begins in line %d; the stream holds one ResourceList", next.Line)
	} else if !errors.Is(err, io.EOF) {
		return fail("read ResourceList: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return fail("stdin holds no map; it takes a ResourceList")
	}
	return root, nil
}

// wire is what is wrong with the stream itself.
func wire(format string, args ...any) diag.Findings {
	return diag.Findings{diag.Errorf("resource-list", diag.Position{}, format, args...)}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// twice finds keys of the list that stand in it twice: which one counts is anybody's guess.
func twice(root *yaml.Node) diag.Findings {
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key := root.Content[i].Value
		if seen[key] {
			return wire("the ResourceList has %s twice", key)
		}
		seen[key] = true
	}
	return nil
}

// sound checks that a node is an object, and that it can stand alone: no alias leads out of it, into itself, or to more
// than memory can hold.
func sound(n *yaml.Node, name string) diag.Findings {
	if follow(n).Kind != yaml.MappingNode {
		return wire("%s is no object", name)
	}
	s := sizes{anchors: map[*yaml.Node]int{}}
	total := s.of(n)
	switch {
	case s.foreign:
		return wire("%s holds an alias to an anchor elsewhere, or around itself", name)
	case total > maxNodes:
		return wire("%s: its aliases stand for more than %d values", name, maxNodes)
	}
	return nil
}

// named checks that an object says what it is.
func named(n *yaml.Node, name string) diag.Findings {
	item := Item{node: follow(n)}
	for _, field := range []string{"apiVersion", "kind"} {
		if scalar(get(item.node, field)) == "" {
			f := wire("%s has no %s", name, field)
			f[0].Object, f[0].At.File = strings.Trim(item.Kind()+"/"+item.Name(), "/"), item.Path()
			return f
		}
	}
	return nil
}

// sizes counts the nodes below a node with aliases expanded. An anchor is known once the node that has it was read to its end.
type sizes struct {
	anchors map[*yaml.Node]int
	foreign bool
}

func (s *sizes) of(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		size, known := s.anchors[n.Alias]
		s.foreign = s.foreign || !known
		return size
	}
	size := 1
	for _, c := range n.Content {
		size = min(size+s.of(c), maxNodes+1)
	}
	if n.Anchor != "" {
		s.anchors[n] = size
	}
	return size
}

// breaks end a line where the parser counts lines: those of YAML 1.1. kustomize writes them as they are.
const breaks = "\n\r\u0085\u2028\u2029"

// split cuts a text into lines, each with its end.
func split(data []byte) [][]byte {
	rare := slices.ContainsFunc([]rune(breaks[2:]), func(r rune) bool { return bytes.ContainsRune(data, r) })
	if !rare && bytes.Count(data, []byte("\r")) == bytes.Count(data, []byte("\r\n")) {
		return bytes.SplitAfter(data, []byte("\n"))
	}
	var lines [][]byte
	for {
		i := bytes.IndexAny(data, breaks)
		if i < 0 {
			return append(lines, data)
		}
		_, size := utf8.DecodeRune(data[i:])
		if bytes.HasPrefix(data[i:], []byte("\r\n")) {
			size = 2
		}
		lines, data = append(lines, data[:i+size]), data[i+size:]
	}
}

// after is the index of the first line behind a top-level value: that of the next key, or -1 for the end of the text.
func after(root, value *yaml.Node) int {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i+1] == value && i+2 < len(root.Content) {
			return root.Content[i+2].Line - 1
		}
	}
	return -1
}

// slice finds the lines of every item of a block sequence, so that they can be written again as they came.
func (l *List) slice(lines [][]byte, items *yaml.Node, end int) {
	if end < 0 {
		end = len(lines)
		marker := regexp.MustCompile(`^\.\.\.(\s|$)`)
		if i := slices.IndexFunc(lines, marker.Match); i >= 0 {
			end = i
		}
	}
	starts := make([]int, len(items.Content)+1)
	starts[len(items.Content)] = end
	for i, n := range items.Content {
		at := l.dashLine(lines, n.Line-1)
		if at < 0 || (i > 0 && at <= starts[i-1]) {
			return // a layout that we do not know: the items are written anew
		}
		starts[i] = at
	}
	dashes := slices.Clone(starts)
	for i := 1; i < len(items.Content); i++ {
		starts[i] -= comments(lines, starts[i], starts[i-1], items.Content[i])
	}
	for i, item := range l.Items {
		raw := bytes.Join(lines[starts[i]:starts[i+1]], nil)
		above := bytes.Join(lines[starts[i]:dashes[i]], nil)
		if bytes.HasSuffix(raw, []byte("\n")) && items.Content[i].Kind == yaml.MappingNode {
			item.raw, item.dash, item.line = raw, len(above)+l.dash, starts[i]+1
		}
	}
}

// dashLine is the line of the dash that begins an item whose content begins in the line given: there, or above comments.
func (l *List) dashLine(lines [][]byte, content int) int {
	for at := content; at >= 0 && at < len(lines); at-- {
		line := bytes.TrimPrefix(lines[at], []byte("\ufeff"))
		if len(line) > l.dash+1 && line[l.dash] == '-' && len(bytes.Trim(line[:l.dash], " ")) == 0 && bytes.IndexByte([]byte(" \r\n"), line[l.dash+1]) >= 0 {
			return at
		}
		if t := bytes.TrimSpace(line); at < content && len(t) > 0 && t[0] != '#' {
			break
		}
	}
	return -1
}

// comments counts the lines of comment above an item's dash that belong to it, not to the item before.
func comments(lines [][]byte, dash, first int, n *yaml.Node) int {
	head := n.HeadComment
	if head == "" && len(n.Content) > 0 {
		head = n.Content[0].HeadComment
	}
	if head == "" {
		return 0
	}
	most, count := strings.Count(head, "\n")+1, 0
	for count < most && dash-count-1 > first && bytes.HasPrefix(bytes.TrimSpace(lines[dash-count-1]), []byte("#")) {
		count++
	}
	return count
}

// index is an item's position in its file; 0 where it says none.
func (i *Item) index() int {
	n, err := strconv.Atoi(or(i.Annotation(indexKey), i.Annotation(legacyIndexKey)))
	if err != nil {
		return 0
	}
	return n
}
