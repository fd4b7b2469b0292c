package object

import (
	"bytes"
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
	var objects []Object
	var findings diag.Findings
	for _, d := range documents(data) {
		from := Source{File: name, Line: d.line, Text: d.text}
		got, finding := parseOne(from)
		if finding != nil {
			findings = append(findings, *finding)
			continue
		}
		objects = append(objects, got...)
	}
	return objects, findings
}

type document struct {
	line int // of the first line that holds something
	text []byte
}

// documents cuts a stream at lines that begin with `---`, as Kubernetes' own readers do, and drops what is empty.
func documents(data []byte) []document {
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
		if rest, separator := bytes.CutPrefix(text, []byte("---")); separator && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n")) {
			flush(at)
			start = at + len("---")
			text = rest
		}
		if trimmed := bytes.TrimSpace(text); first == 0 && len(trimmed) > 0 && trimmed[0] != '#' {
			first = line
		}
		at = end
	}
	flush(len(data))
	return docs
}

func parseOne(from Source) ([]Object, *diag.Finding) {
	at := from.Position()
	js, err := yaml.YAMLToJSONStrict(from.Text)
	if err != nil {
		f := yamlError(from, err)
		return nil, &f
	}
	var content any
	if err := utiljson.Unmarshal(js, &content); err != nil {
		f := diag.Errorf("manifest", at, "read object: %v", err)
		return nil, &f
	}
	m, isMap := content.(map[string]any)
	if content == nil || (isMap && len(m) == 0) {
		return nil, nil
	}
	if !isMap {
		f := diag.Errorf("manifest", at, "a manifest holds a map with apiVersion and kind, not %s", describe(content))
		return nil, &f
	}
	return flatten(m, from)
}

func describe(content any) string {
	if _, ok := content.([]any); ok {
		return "a list"
	}
	return "a single value"
}

// flatten takes Lists apart and checks that what is left is an object.
func flatten(m map[string]any, from Source) ([]Object, *diag.Finding) {
	u := &unstructured.Unstructured{Object: m}
	if items, isList := m["items"].([]any); isList && strings.HasSuffix(u.GetKind(), "List") {
		var objects []Object
		for i, item := range items {
			im, ok := item.(map[string]any)
			if !ok {
				f := diag.Errorf("manifest", from.Position(), "item %d of the %s is no object", i, u.GetKind())
				return nil, &f
			}
			got, finding := flatten(im, from)
			if finding != nil {
				return nil, finding
			}
			objects = append(objects, got...)
		}
		return objects, nil
	}
	if missing := missing(u); missing != "" {
		f := diag.Errorf("manifest", from.Position(), "the object has no %s", missing)
		f.Object = strings.Trim(u.GetKind()+"/"+u.GetName(), "/")
		return nil, &f
	}
	return []Object{{Unstructured: u, Source: from}}, nil
}

func missing(u *unstructured.Unstructured) string {
	for field, path := range map[string][]string{"apiVersion": {"apiVersion"}, "kind": {"kind"}} {
		if s, _, err := unstructured.NestedString(u.Object, path...); err != nil || s == "" {
			return field
		}
	}
	if s, _, err := unstructured.NestedString(u.Object, "metadata", "name"); err != nil || s == "" {
		if u.GetGenerateName() != "" {
			return "metadata.name: generateName makes a new object at every apply, which no inventory can follow"
		}
		return "metadata.name"
	}
	return ""
}

// yamlError places a YAML error: the parser counts lines from the document's start.
func yamlError(document Source, err error) diag.Finding {
	line, message := source.ErrorLine(err)
	at := diag.Position{File: document.File, Line: document.start() + line - 1}
	return diag.Errorf("yaml-syntax", at, "%s", strings.TrimSpace(message))
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
