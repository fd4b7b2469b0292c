// Package openapi is what Kubernetes' API servers publish about their own kinds, for several minor versions: a version goes
// in, and the schemas of its kinds come out. The data is embedded, without descriptions, and shared between versions that
// agree; tools/openapi makes it from the modules of Kubernetes. A kind costs time when somebody asks for it first.
package openapi

import (
	"bytes"
	"compress/gzip"
	_ "embed" // of the data
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
)

//go:embed kubernetes.gz
var embedded []byte

// GVK names a kind in a version of its group.
type GVK struct{ Group, Version, Kind string }

// APIVersion is the version as manifests have it.
func (g GVK) APIVersion() string {
	if g.Group == "" {
		return g.Version
	}
	return g.Group + "/" + g.Version
}

// Kind is what a version of Kubernetes knows of one of its kinds.
type Kind struct {
	Namespaced bool
	Schema     *Schema
}

// Set is what one minor version of Kubernetes knows. It is safe for several goroutines.
type Set struct {
	Minor       int
	kinds       map[GVK]entry
	lifecycles  map[GVK]Lifecycle
	definitions map[string][]byte

	mu       sync.Mutex
	compiled map[string]*Schema
}

type entry struct {
	definition string
	namespaced bool
}

// Load returns what a minor version knows, or the nearest lower one where that is not embedded, or the lowest: Set.Minor
// says which. Zero asks for the newest.
func Load(minor int) (*Set, error) {
	zip, err := gzip.NewReader(bytes.NewReader(embedded))
	if err != nil {
		return nil, fmt.Errorf("read embedded schemas: %w", err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		return nil, fmt.Errorf("read embedded schemas: %w", err)
	}
	s, err := read(text, minor)
	if err != nil {
		return nil, fmt.Errorf("read embedded schemas: %w", err)
	}
	return s, nil
}

// Has reports whether the version knows a kind. It costs nothing.
func (s *Set) Has(gvk GVK) bool {
	_, known := s.kinds[gvk]
	return known
}

// Kind returns a kind's schema, or nil.
func (s *Set) Kind(gvk GVK) *Kind {
	e, known := s.kinds[gvk]
	if !known {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Kind{Namespaced: e.namespaced, Schema: s.compile(e.definition)}
}

// Kinds are all that the version knows, in order.
func (s *Set) Kinds() []GVK {
	return slices.SortedFunc(maps.Keys(s.kinds), GVK.compare)
}

// Lifecycle is what Kubernetes says of the past and future of a kind in a version, whether or not this minor still has it.
func (s *Set) Lifecycle(gvk GVK) Lifecycle { return s.lifecycles[gvk] }

// compile decodes a definition and puts those that it refers to in place. Definitions may refer to themselves.
func (s *Set) compile(name string) *Schema {
	if done := s.compiled[name]; done != nil {
		return done
	}
	schema := &Schema{}
	if err := json.Unmarshal(s.definitions[name], schema); err != nil {
		return schema // cannot be: a test compiles everything
	}
	schema.Metadata = name == objectMeta
	s.compiled[name] = schema
	s.resolve(schema)
	return schema
}

func (s *Set) resolve(schema *Schema) {
	for name, field := range schema.Fields {
		if field.Ref != "" {
			schema.Fields[name] = s.compile(field.Ref)
			continue
		}
		s.resolve(field)
	}
	if schema.Items != nil {
		if schema.Items.Ref != "" {
			schema.Items = s.compile(schema.Items.Ref)
			return
		}
		s.resolve(schema.Items)
	}
}
