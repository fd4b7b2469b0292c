package main

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The manifest at the top of the repository is that of the newest release; an index wants it named after the plugin.
const (
	manifestFile = "plugins.yaml"
	indexFile    = "otomi.yaml"
)

// fill puts version, addresses and checksums into a manifest, and leaves everything else as it is.
func fill(template []byte, version, url string, archives []artifact) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(template, &document); err != nil {
		return nil, err
	}
	spec := child(&document, "spec")
	listed := child(spec, "platforms")
	if spec == nil || listed == nil || len(listed.Content) != len(archives) {
		return nil, fmt.Errorf("it lists other platforms than the %d archives", len(archives))
	}
	set(spec, "version", version)
	for _, entry := range listed.Content {
		labels := child(child(entry, "selector"), "matchLabels")
		archive := find(archives, text(labels, "os"), text(labels, "arch"))
		if archive == nil {
			return nil, fmt.Errorf("line %d: there is no archive for this platform", entry.Line)
		}
		set(entry, "uri", strings.TrimSuffix(url, "/")+"/"+version+"/"+archive.name)
		set(entry, "sha256", archive.sha256)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, err
	}
	err := encoder.Close()
	return out.Bytes(), err
}

func find(archives []artifact, os, arch string) *artifact {
	for i, a := range archives {
		if a.platform == (platform{os, arch}) {
			return &archives[i]
		}
	}
	return nil
}

// child is the value of a key, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n != nil && n.Kind == yaml.DocumentNode {
		n = n.Content[0]
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func text(n *yaml.Node, key string) string {
	if c := child(n, key); c != nil {
		return c.Value
	}
	return ""
}

// set gives a key that is there a value.
func set(n *yaml.Node, key, value string) {
	if c := child(n, key); c != nil {
		c.SetString(value)
	}
}
