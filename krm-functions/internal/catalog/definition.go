package catalog

import (
	"bytes"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// What every definition says.
const (
	images = "ghcr.io/otomi"
	home   = "https://github.com/otomi/kubectl-otomi/tree/main/krm-functions"
)

// definition is a KRMFunctionDefinition.
type definition struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       definitionSpec `json:"spec"`
}

type definitionSpec struct {
	Group       string    `json:"group"`
	Names       names     `json:"names"`
	Description string    `json:"description"`
	Publisher   string    `json:"publisher"`
	Versions    []version `json:"versions"`
}

type names struct {
	Kind string `json:"kind"`
}

type version struct {
	Name       string   `json:"name"`
	Schema     schema   `json:"schema"`
	Idempotent bool     `json:"idempotent"`
	Usage      string   `json:"usage"`
	Examples   []string `json:"examples"`
	License    string   `json:"license"`
	Runtime    runtime  `json:"runtime"`
}

type schema struct {
	OpenAPI *krm.Schema `json:"openAPIV3Schema"`
}

type runtime struct {
	Container container `json:"container"`
	Exec      program   `json:"exec"`
}

type container struct {
	Image string `json:"image"`
}

type program struct {
	Path string `json:"path"`
}

// Definitions are the functions as KRMFunctionDefinitions, a document each. readme is the text of a function's README, which
// says in its first paragraph what the function is; examples are the names of its examples.
func Definitions(functions []krm.Function, readme func(name string) (text string, examples []string, err error)) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# The functions and what their functionConfigs may hold. Made by `make generate/catalog` from the code.\n")
	for _, f := range functions {
		text, examples, err := readme(f.Name)
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", f.Name, err)
		}
		group, v, _ := strings.Cut(krm.APIVersion, "/")
		url := home + "/" + f.Name
		for i, name := range examples {
			examples[i] = url + "/examples/" + name
		}
		document, err := yaml.Marshal(definition{
			APIVersion: "config.kubernetes.io/v1alpha1", Kind: "KRMFunctionDefinition",
			Metadata: map[string]any{"name": f.Name},
			Spec: definitionSpec{
				Group: group, Names: names{Kind: f.Kind}, Publisher: "Otomi", Description: description(text),
				Versions: []version{{
					Name: v, Schema: schema{f.Schema()}, Idempotent: true, Usage: url + "/README.md", Examples: examples, License: "Apache-2.0",
					Runtime: runtime{container{images + "/" + f.Name}, program{f.Name}},
				}},
			},
		})
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", f.Name, err)
		}
		b.WriteString("---\n")
		b.Write(document)
	}
	return b.Bytes(), nil
}

// description is the first paragraph below a README's title.
func description(readme string) string {
	_, text, _ := strings.Cut(readme, "\n\n")
	text, _, _ = strings.Cut(text, "\n\n")
	return strings.Join(strings.Fields(text), " ")
}
