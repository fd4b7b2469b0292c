package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// spec is what we read of an OpenAPI v3 document.
type spec struct {
	Paths      map[string]map[string]any `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type schema struct {
	Type                 string             `json:"type"`
	Format               string             `json:"format"`
	Ref                  string             `json:"$ref"`
	AllOf                []*schema          `json:"allOf"`
	Properties           map[string]*schema `json:"properties"`
	Items                *schema            `json:"items"`
	AdditionalProperties *schema            `json:"additionalProperties"`
	Required             []string           `json:"required"`
	Enum                 []string           `json:"enum"`
	Default              any                `json:"default"`
	ListType             string             `json:"x-kubernetes-list-type"`
	ListMapKeys          []string           `json:"x-kubernetes-list-map-keys"`
	Kinds                []gvk              `json:"x-kubernetes-group-version-kind"`
}

type gvk struct{ Group, Version, Kind string }

// kinds are the rows of those that can be written: what a path that is no subresource takes by POST, PUT or PATCH.
func (s spec) kinds() []string {
	scopes := map[gvk]string{}
	for path, operations := range s.Paths {
		for method, o := range operations {
			operation, isMap := o.(map[string]any)
			if !isMap || !slices.Contains([]string{"post", "put", "patch"}, method) || subresource(path) {
				continue
			}
			k, _ := operation["x-kubernetes-group-version-kind"].(map[string]any)
			kind, _ := k["kind"].(string)
			group, _ := k["group"].(string)
			version, _ := k["version"].(string)
			scope := "cluster"
			if strings.Contains(path, "/namespaces/{namespace}/") {
				scope = "namespaced"
			}
			if kind != "" && scopes[gvk{group, version, kind}] != "namespaced" {
				scopes[gvk{group, version, kind}] = scope
			}
		}
	}
	var rows []string
	for name, d := range s.Components.Schemas {
		for _, k := range d.Kinds {
			if scope := scopes[k]; scope != "" && len(d.Kinds) == 1 {
				rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s", k.Group, k.Version, k.Kind, scope, name))
			}
		}
	}
	return rows
}

// subresource tells paths such as …/deployments/{name}/scale.
func subresource(path string) bool {
	_, below, found := strings.Cut(path, "/{name}")
	return found && below != ""
}

// special are the definitions that are one value in JSON, whatever their Go type looks like.
func special(name string) *openapi.Schema {
	switch strings.TrimPrefix(name, "io.k8s.apimachinery.pkg.") {
	case "api.resource.Quantity":
		return &openapi.Schema{Format: openapi.Quantity}
	case "util.intstr.IntOrString":
		return &openapi.Schema{Format: openapi.IntOrString}
	case "apis.meta.v1.Time":
		return &openapi.Schema{Type: openapi.String, Format: "date-time"}
	case "apis.meta.v1.MicroTime":
		return &openapi.Schema{Type: openapi.String, Format: openapi.MicroTime}
	case "apis.meta.v1.Duration":
		return &openapi.Schema{Type: openapi.String, Format: openapi.Duration}
	case "apis.meta.v1.FieldsV1", "runtime.RawExtension":
		return &openapi.Schema{}
	}
	return nil
}

// prune is a schema as internal/openapi has it.
func prune(s *schema) *openapi.Schema {
	ref := s.Ref
	if len(s.AllOf) == 1 {
		ref = s.AllOf[0].Ref
	}
	if name, found := strings.CutPrefix(ref, "#/components/schemas/"); found {
		if one := special(name); one != nil {
			return one
		}
		return &openapi.Schema{Ref: name}
	}
	out := &openapi.Schema{Format: s.Format, Required: s.Required, Enum: s.Enum, Set: s.ListType == "set"}
	if s.ListType == "map" {
		out.Keys = s.ListMapKeys
	}
	switch s.Type {
	case "object":
		out.Type = openapi.Object
		if s.AdditionalProperties != nil {
			out.Type, out.Items = openapi.Map, prune(s.AdditionalProperties)
		}
	case "array":
		out.Type, out.Items = openapi.List, prune(s.Items)
	case "string", "integer", "number", "boolean":
		out.Type = openapi.Type(s.Type[:1])
		if s.Default != "" && s.Default != false && s.Default != 0.0 { // Go's zero values, which no defaulting made
			out.Default = s.Default
		}
	}
	for name, p := range s.Properties {
		if out.Fields == nil {
			out.Fields = map[string]*openapi.Schema{}
		}
		out.Fields[name] = prune(p)
	}
	return out
}

func setEnum(definition *openapi.Schema, field string, values []string) {
	if definition == nil || definition.Fields[field] == nil {
		return
	}
	at := definition.Fields[field]
	for at.Items != nil {
		at = at.Items
	}
	at.Enum = values
}
