package gotemplate

import (
	"bytes"
	"encoding/json"
	"text/template"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
	goyaml "sigs.k8s.io/yaml/goyaml.v3"
)

// chartFunctions are Helm's: Sprig without the environment, and conversions that hide errors as Helm's do.
func chartFunctions(exact bool) template.FuncMap {
	f := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv"} {
		delete(f, name)
	}
	f["getHostByName"] = func(string) string { return "" }
	f["toYaml"] = func(v any) string { s, _ := toYAML(v); return s }
	f["toYamlPretty"] = toYAMLPretty
	f["fromYaml"] = func(s string) map[string]any { return helmMap(s, exact, readYAML) }
	f["fromYamlArray"] = func(s string) []any { return helmList(s, exact, readYAML) }
	f["toJson"] = func(v any) string { s, _ := toJSON(v); return s }
	f["fromJson"] = func(s string) map[string]any { return helmMap(s, exact, readJSON) }
	f["fromJsonArray"] = func(s string) []any { return helmList(s, exact, readJSON) }
	f["toToml"] = func(v any) string {
		s, err := toTOML(v)
		if err != nil {
			return err.Error()
		}
		return s
	}
	f["fromToml"] = func(s string) map[string]any {
		m := map[string]any{}
		if err := toml.Unmarshal([]byte(s), &m); err != nil {
			m["Error"] = err.Error()
		}
		return m
	}
	return f
}

// helmMap reads a map; what is wrong is its member Error.
func helmMap(s string, exact bool, read func(string, any, bool) error) map[string]any {
	m := map[string]any{}
	if err := read(s, &m, exact); err != nil {
		m["Error"] = err.Error()
	}
	Numbers(m)
	return m
}

// helmList reads a list; what is wrong is its only item.
func helmList(s string, exact bool, read func(string, any, bool) error) []any {
	l := []any{}
	if err := read(s, &l, exact); err != nil {
		return []any{err.Error()}
	}
	Numbers(l)
	return l
}

func readYAML(s string, into any, exact bool) error {
	return yaml.Unmarshal([]byte(s), into, func(d *json.Decoder) *json.Decoder {
		if exact {
			d.UseNumber()
		}
		return d
	})
}

func readJSON(s string, into any, exact bool) error {
	if err := json.Unmarshal([]byte(s), into); err != nil || !exact {
		return err
	}
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	return d.Decode(into)
}

// toYAMLPretty indents lists, unlike toYaml.
func toYAMLPretty(v any) string {
	var b bytes.Buffer
	e := goyaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(integers(v)); err != nil {
		return ""
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
