// Package inputs finds what functionConfigs refer to in a stream: ConfigMaps as files, cores, and merged Values. A List and
// names go in; file systems, core stacks and trees come out, or findings at the place that names them.
package inputs

import (
	"encoding/base64"
	"io/fs"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Slash is how a key of a ConfigMap writes a slash, which it cannot have. Replaced from the left, so that `a___b` is `a/_b`.
const Slash = "__"

// ConfigMap is a ConfigMap of the stream as files.
type ConfigMap struct {
	Item  *krm.Item
	Texts map[string][]byte // by path: the key with its slashes
}

// FindConfigMap finds the ConfigMap with the name; at is the place that names it.
func FindConfigMap(l *krm.List, name string, at diag.Position) (ConfigMap, diag.Findings) {
	item, findings := one(l, "v1", "ConfigMap", name, at)
	if item == nil {
		return ConfigMap{}, findings
	}
	file := l.File(item)
	root, findings := item.Parse(file)
	if findings.Failed() {
		return ConfigMap{}, findings
	}
	c := ConfigMap{Item: item, Texts: map[string][]byte{}}
	findings = append(findings, c.read(root.Get("data"), "data", func(text string) ([]byte, error) { return []byte(text), nil })...)
	findings = append(findings, c.read(root.Get("binaryData"), "binaryData", func(text string) ([]byte, error) {
		return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	})...)
	return c, findings
}

// textOf is the text of one key of a ConfigMap, and what findings call it; at is the place that names both. Without a text a
// finding is an error.
func textOf(l *krm.List, configMap, key string, at diag.Position) (name string, text []byte, findings diag.Findings) {
	c, findings := FindConfigMap(l, configMap, at)
	if findings.Failed() {
		return "", nil, findings
	}
	path := strings.ReplaceAll(key, Slash, "/")
	text, ok := c.Texts[path]
	if !ok {
		return "", nil, append(findings, diag.Errorf("missing-item", at, "the ConfigMap %s has no key %s", configMap, key))
	}
	return l.Within(c.Item, path, text), text, findings
}

func (c ConfigMap) read(data *source.Node, field string, decode func(string) ([]byte, error)) diag.Findings {
	var findings diag.Findings
	fail := func(n *source.Node, key, format string, args ...any) {
		findings = append(findings, diag.Errorf("config-map", n.At(), format, args...).WithPath(source.Path([]string{field, key})))
	}
	switch {
	case data == nil || data.Kind == source.Null:
		return nil
	case data.Kind != source.Map:
		return diag.Findings{diag.Errorf("config-map", data.At(), "want a map, have the %s", data.Kind).WithPath(field)}
	}
	for i, k := range data.Keys {
		n, name := data.Items[i], strings.ReplaceAll(k.Name, Slash, "/")
		text, err := decode(n.Text)
		switch {
		case n.Kind != source.String:
			fail(n, k.Name, "want a string, have the %s", n.Kind)
		case err != nil:
			fail(n, k.Name, "the value is not base64")
		case !fs.ValidPath(name) || name == ".":
			fail(n, k.Name, "the key stands for %q, which is no path", name)
		case c.Texts[name] != nil:
			fail(n, k.Name, "two keys stand for the path %q", name)
		default:
			c.Texts[name] = append([]byte{}, text...)
		}
	}
	return findings
}

// one finds the only item of a kind with a name, whose content the function uses.
func one(l *krm.List, apiVersion, kind, name string, at diag.Position) (*krm.Item, diag.Findings) {
	found := l.Find(apiVersion, kind, name)
	switch len(found) {
	case 1:
		l.Withheld = l.Withheld || found[0].Annotation(object.SecretsKey) != ""
		return found[0], nil
	case 0:
		f := diag.Errorf("missing-item", at, "the stream has no %s %q", kind, name)
		names := l.Names(apiVersion, kind)
		if f.Hint = diag.DidYouMean(name, names); f.Hint == "" && len(names) > 0 {
			slices.Sort(names)
			f.Hint = "there are " + strings.Join(slices.Compact(names), ", ")
		}
		return nil, diag.Findings{f}
	default:
		return nil, diag.Findings{diag.Errorf("ambiguous-item", at, "the stream has %s %q %d times", kind, name, len(found))}
	}
}
