package object

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Parse reads a stream of YAML or JSON documents. Lists are taken apart, empty documents dropped; a document that is no
// Kubernetes object is a finding at its line. The objects' Source is filled; release and runlevel are the caller's.
func Parse(name string, data []byte) ([]Object, diag.Findings) {
	return parse(name, documents(data, isSeparator), rules{})
}

// ParseGiven is Parse for manifests that nothing of ours rendered. Their objects may have a generateName, for nothing may be
// going to follow them, and what configures tools, not a cluster, is left out.
func ParseGiven(name string, data []byte) ([]Object, diag.Findings) {
	return parse(name, documents(data, isSeparator), rules{given: true})
}

// rules are what documents are read by.
type rules struct {
	lastWins bool // a key may be set twice, with a warning
	given    bool // as ParseGiven says
}

func parse(name string, docs []document, by rules) ([]Object, diag.Findings) {
	var objects []Object
	var findings diag.Findings
	for _, d := range docs {
		got, f := parseOne(Source{File: name, Line: d.line, Text: d.text, Plain: by.given}, by)
		objects, findings = append(objects, got...), append(findings, f...)
	}
	return objects, findings
}

type document struct {
	line int // of the first line that holds something
	text []byte
}

// isSeparator tells lines that separate documents as Kubernetes' own readers do.
func isSeparator(line []byte) bool {
	rest, separator := bytes.CutPrefix(line, []byte("---"))
	return separator && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n"))
}

// documents cuts a stream at separators and drops what is empty.
func documents(data []byte, separates func(line []byte) bool) []document {
	var docs []document
	line, start, first := 1, 0, 0
	flush := func(end int) {
		if first > 0 {
			docs = append(docs, document{line: first, text: data[start:end]})
		}
		first = 0
	}
	for at := 0; at < len(data); line++ {
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		text := data[at:end]
		if separates(text) {
			flush(at)
			start = at + len("---")
			text = text[len("---"):]
		}
		if trimmed := bytes.TrimSpace(text); first == 0 && len(trimmed) > 0 && trimmed[0] != '#' {
			first = line
		}
		at = end
	}
	flush(len(data))
	return docs
}

func parseOne(from Source, by rules) ([]Object, diag.Findings) {
	at := from.Position()
	if m, ok := readQuickly(from.Text); ok {
		return flatten(m, from, by)
	}
	if len(from.Text) > source.MaxBytes { // it would cost the complete reader a gigabyte
		return nil, diag.Findings{diag.Errorf("too-large", at, "this manifest has %d bytes, more than the %d that can be read", len(from.Text), source.MaxBytes)}
	}
	js, err := yaml.YAMLToJSONStrict(from.Text)
	var findings diag.Findings
	if err != nil {
		findings = yamlErrors(from, err)
		if js = nil; by.lastWins || by.given {
			js, findings = again(from, findings, by)
		}
		if js == nil {
			return nil, findings
		}
	}
	var content any
	if err := utiljson.Unmarshal(js, &content); err != nil {
		return nil, append(findings, diag.Errorf("manifest", at, "read object: %v", err))
	}
	m, isMap := content.(map[string]any)
	if content == nil || (isMap && len(m) == 0) {
		return nil, findings
	}
	if !isMap {
		return nil, append(findings, diag.Errorf("manifest", at, "a manifest holds a map with apiVersion and kind, not %s", describe(content)))
	}
	objects, more := flatten(m, from, by)
	return objects, append(findings, more...)
}

func describe(content any) string {
	if _, ok := content.([]any); ok {
		return "a list"
	}
	return "a single value"
}

// flatten takes Lists apart and checks that what is left is an object.
func flatten(m map[string]any, from Source, by rules) ([]Object, diag.Findings) {
	u := &unstructured.Unstructured{Object: m}
	if items, isList := m["items"].([]any); isList && strings.HasSuffix(u.GetKind(), "List") {
		var objects []Object
		var findings diag.Findings
		if by.given {
			findings = failures(u, from)
		}
		for i, item := range items {
			im, ok := item.(map[string]any)
			if !ok {
				findings = append(findings, diag.Errorf("manifest", from.Position(), "item %d of the %s is no object", i, u.GetKind()))
				continue
			}
			got, more := flatten(im, from, by)
			objects, findings = append(objects, got...), append(findings, more...)
		}
		return objects, findings
	}
	if by.given && configures(u) {
		return nil, nil
	}
	if missing := missing(u, by); missing != "" {
		f := diag.Errorf("manifest", from.Position(), "the object has no %s", missing)
		f.Object = strings.Trim(u.GetKind()+"/"+u.GetName(), "/")
		return nil, diag.Findings{f}
	}
	return []Object{{Unstructured: u, Source: from}}, nil
}

// configures reports what is for tools: kpt and kustomize say so with an annotation, their own files by their group.
func configures(u *unstructured.Unstructured) bool {
	group, _, _ := strings.Cut(u.GetAPIVersion(), "/")
	return u.GetAnnotations()[LocalConfig] == "true" || group == "kustomize.config.k8s.io" || group == "kpt.dev"
}

func missing(u *unstructured.Unstructured, by rules) string {
	for _, field := range []string{"apiVersion", "kind"} {
		if s, _, err := unstructured.NestedString(u.Object, field); err != nil || s == "" {
			return field
		}
	}
	s, there, err := unstructured.NestedString(u.Object, "metadata", "name")
	if err != nil && !there {
		return "metadata.name that is a text; what is not one has to stand in quotes"
	}
	if s == "" {
		if u.GetGenerateName() != "" {
			if by.given {
				return ""
			}
			return "metadata.name: generateName makes a new object at every apply, which no inventory can follow"
		}
		return "metadata.name"
	}
	return ""
}

// yamlErrors places a YAML error, which may name several duplicate keys: the parser counts lines from the document's start.
func yamlErrors(document Source, err error) diag.Findings {
	at := func(line int) diag.Position {
		return diag.Position{File: document.File, Line: document.start() + line - 1}
	}
	var findings diag.Findings
	for _, m := range regexp.MustCompile(`line (\d+): key (.*) already set in map`).FindAllStringSubmatch(err.Error(), -1) {
		line, _ := strconv.Atoi(m[1])
		f := diag.Errorf("duplicate-key", at(line), "key %s is set twice in one map", m[2])
		f.Quiet = bytes.Contains(document.Text, []byte("Secret"))
		findings = append(findings, f)
	}
	if len(findings) > 0 {
		return findings
	}
	// Ours places it to the character and says what to do; what it reads otherwise than Kubernetes does is not the matter here.
	secret := bytes.Contains(document.Text, []byte("Secret")) // as far as can be told of what cannot be read
	_, ours := source.ParseFile(&source.File{Name: document.File, Data: document.Text, Secret: secret}, document.Text)
	for _, f := range ours {
		if f.Rule == "yaml-syntax" && f.At.Line > 0 {
			f.Quiet = secret
			f.At.Line += document.start() - 1
			for i := range f.Notes {
				f.Notes[i].At.Line += document.start() - 1
			}
			return diag.Findings{f}
		}
	}
	line, message := source.ErrorLine(err)
	f := diag.Errorf("yaml-syntax", at(line), "%s", strings.TrimSpace(message))
	if f.Quiet = secret; secret {
		f.Message = "this is no YAML that Kubernetes reads"
	}
	return diag.Findings{f}
}

// start is the line on which the document's text begins; Line is the first that holds something.
func (s Source) start() int {
	lines := 0
	for rest := s.Text; len(rest) > 0; lines++ {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		if t := bytes.TrimSpace(line); len(t) > 0 && t[0] != '#' {
			break
		}
		rest = after
	}
	return s.Line - lines
}
