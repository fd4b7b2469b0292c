package krm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// result is one of a ResourceList's results.
type result struct {
	Message  string            `json:"message"`
	Severity string            `json:"severity"`
	Ref      *resourceRef      `json:"resourceRef,omitempty"`
	Field    *field            `json:"field,omitempty"`
	File     *file             `json:"file,omitempty"`
	Tags     map[string]string `json:"tags,omitempty"`
}

type resourceRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

type field struct {
	Path     string `json:"path"`
	Current  any    `json:"currentValue,omitempty"`
	Proposed string `json:"proposedValue,omitempty"`
}

type file struct {
	Path  string `json:"path"`
	Index int    `json:"index,omitempty"`
}

// result is a finding in the format's terms. It has no lines and no rule; those are tags. A field must have a resource.
func (l *List) result(f diag.Finding, byID map[string]subject) result {
	r := result{Message: f.Message, Severity: f.Severity.String(), Tags: map[string]string{}}
	if f.Hint != "" {
		r.Message += " (" + f.Hint + ")"
	}
	for _, n := range f.Notes {
		r.Message += fmt.Sprintf("; %s: %s", n.At, n.Message)
	}
	about := l.about(f, byID)
	item := about.object
	if l.outer != nil && item == l.Config {
		item = l.outer.config
	}
	if item != nil {
		id := item.ID()
		r.Ref = &resourceRef{APIVersion: item.APIVersion(), Kind: id.Kind, Namespace: id.Namespace, Name: id.Name}
	}
	if !f.At.IsZero() && !l.files[f.At.File].noFile {
		r.File = &file{Path: f.At.File}
		if about.item != nil && about.item.Path() == f.At.File {
			r.File.Index = about.item.index()
		}
	}
	switch {
	case f.Path == "":
	case item != nil:
		r.Field = &field{Path: f.Path, Current: l.current(f, item), Proposed: f.Proposed}
	default:
		r.Tags["path"] = f.Path
	}
	for tag, n := range map[string]int{"line": f.At.Line, "column": f.At.Col} {
		if n > 0 {
			r.Tags[tag] = strconv.Itoa(n)
		}
	}
	if f.Rule != "" {
		r.Tags["rule"] = f.Rule
	}
	return r
}

// current is the value of the field that a finding is about, where telling it gives away no more than the finding does: a
// string or a number that the message shows, or true or false. What stands in Secrets and Values is never told.
func (l *List) current(f diag.Finding, item *Item) any {
	path, err := source.ParsePath(f.Path)
	if err != nil || f.Quiet || item.ID().Group == "" && item.Kind() == "Secret" || item.APIVersion() == APIVersion && item.Kind() == "Values" {
		return nil
	}
	n := get(item.node, path...)
	var value any
	if n == nil || n.Kind != yaml.ScalarNode || n.Decode(&value) != nil {
		return nil
	}
	switch v := value.(type) {
	case bool:
		return v
	case string, int, float64:
		if text := fmt.Sprint(v); text != "" && strings.Contains(f.Message, text) {
			return v
		}
	}
	return nil
}

// subject is an object that a finding is about, and the item that holds it: itself, or the List of which it is a member.
type subject struct{ object, item *Item }

// about is what a finding is about: the object that it names, else the item whose text it points into.
func (l *List) about(f diag.Finding, byID map[string]subject) subject {
	if s, known := byID[f.Object]; f.Object != "" && known {
		return s
	}
	item := l.files[f.At.File].item
	return subject{item, item}
}

// byID are the objects by their identity as findings write it; of several, the first. Items that say it themselves come before
// members of Lists, and before items whose names are read as something else than they say, such as a namespace n.
func (l *List) byID() map[string]subject {
	byID := make(map[string]subject, len(l.Items)+1)
	add := func(id string, object, item *Item) {
		if _, taken := byID[id]; !taken {
			byID[id] = subject{object, item}
		}
	}
	items := slices.Concat(l.Items, l.gone)
	for _, i := range items {
		add(i.ID().String(), i, i)
	}
	if l.Config != nil && l.outer == nil {
		add(l.Config.ID().String(), l.Config, l.Config)
	}
	for _, i := range items {
		if i.isList() {
			for _, n := range get(i.node, "items").Content {
				object := &Item{node: follow(n)}
				add(object.ID().String(), object, i)
			}
		}
		if i.read != nil {
			for _, o := range i.read.objects {
				add(o.ID().String(), i, i)
			}
		}
	}
	return byID
}

// honest drops lines that point into no file.
func (l *List) honest(findings diag.Findings) {
	for i := range findings {
		findings[i] = l.outer.lift(findings[i])
		findings[i].At = l.Position(findings[i].At)
		for n := range findings[i].Notes {
			findings[i].Notes[n].At = l.Position(findings[i].Notes[n].At)
		}
	}
}

// excerpt is the text behind a file name in findings.
func (l *List) excerpt(name string) []byte {
	switch o, known := l.files[name]; {
	case o.text != nil:
		return o.text()
	case known || l.Text == nil:
		return nil
	}
	return l.Text(name)
}
