package gotemplate

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/source"
)

func toYAML(v any) (string, error) {
	data, err := yaml.Marshal(v)
	return strings.TrimSuffix(string(data), "\n"), err
}

// fromYAML reads values, as the layers of a values repo are read.
func fromYAML(s string) (any, error) {
	n, findings := source.Parse("", []byte(s))
	for _, f := range findings {
		return nil, failure{message: fmt.Sprintf("fromYaml: line %d: %s", max(f.At.Line, 1), f.Message), hint: f.Hint}
	}
	return n.Value(), nil
}

func toJSON(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}

func fromJSON(s string) (any, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON value")
	}
	return Numbers(v), nil
}

func toTOML(v any) (string, error) {
	var b bytes.Buffer
	err := toml.NewEncoder(&b).Encode(integers(v))
	return b.String(), err
}

func fromTOML(s string) (map[string]any, error) {
	m := map[string]any{}
	err := toml.Unmarshal([]byte(s), &m)
	return m, err
}

// Numbers turns every json.Number into the number it is: int64, else uint64, else float64 where it is no integer. An
// integer beyond both stays a json.Number.
func Numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			v[k] = Numbers(item)
		}
	case []any:
		for i, item := range v {
			v[i] = Numbers(item)
		}
	case json.Number:
		return number(v)
	}
	return v
}

func number(n json.Number) any {
	if n == "-0" { // what JSON makes of -0.0: no integer has that sign
		return math.Copysign(0, -1)
	}
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return u
	}
	if strings.ContainsAny(n.String(), ".eE") {
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	return n
}

// integers is a value with every float64 that would be written in scientific notation, though an integer, made one.
func integers(v any) any {
	switch v := v.(type) {
	case float64:
		if s, ok := digits(v); ok {
			return number(json.Number(s))
		}
	case map[string]any:
		if hasScientific(v) {
			m := make(map[string]any, len(v))
			for k, item := range v {
				m[k] = integers(item)
			}
			return m
		}
	case []any:
		if hasScientific(v) {
			l := make([]any, len(v))
			for i, item := range v {
				l[i] = integers(item)
			}
			return l
		}
	}
	return v
}

func atoi(s string) (int, error) { return strconv.Atoi(s) }

func b64dec(s string) (string, error) {
	data, err := base64.StdEncoding.DecodeString(s)
	return string(data), err
}

func b32dec(s string) (string, error) {
	data, err := base32.StdEncoding.DecodeString(s)
	return string(data), err
}
