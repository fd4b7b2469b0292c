package main

import (
	"encoding/json"
	"io"

	"sigs.k8s.io/yaml"
)

// encode writes a document as -o asks: YAML or JSON.
func (a *app) encode(w io.Writer, v any) error {
	if a.output != "yaml" {
		return writeJSON(w, v)
	}
	text, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// writeJSON writes a document for people and programs: indented, and with < > & as they are.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
