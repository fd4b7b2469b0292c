package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// table collects the rows of the data. Rows that several versions share are one, with a bit for each.
type table struct {
	minors     []string
	missed     map[string]int  // corrections → versions that have no such field
	rows       map[string]uint // what follows the mask → the mask, with the row's name before both
	lifecycles map[openapi.GVK]openapi.Lifecycle
}

func newTable() *table {
	return &table{missed: map[string]int{}, rows: map[string]uint{}, lifecycles: map[openapi.GVK]openapi.Lifecycle{}}
}

// version adds what one version of Kubernetes publishes.
func (t *table) version(index int, version, dir string) error {
	t.minors = append(t.minors, strings.Split(version, ".")[1])
	enums, err := enums(filepath.Join(dir, "pkg/generated/openapi/zz_generated.openapi.go"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "api/openapi-spec/v3/*.json"))
	if err != nil {
		return err
	}
	definitions := map[string]*openapi.Schema{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var s spec
		if err := json.Unmarshal(data, &s); err != nil {
			return fmt.Errorf("decode %s: %w", filepath.Base(file), err)
		}
		for _, k := range s.kinds() {
			t.add(index, "kind", k)
		}
		for name, d := range s.Components.Schemas {
			definitions[name] = prune(d)
		}
	}
	for name, fields := range enums {
		for field, values := range fields {
			setEnum(definitions[name], field, values)
		}
	}
	t.byHand(definitions)
	return t.definitions(index, definitions)
}

// definitions adds those that a kind refers to.
func (t *table) definitions(index int, all map[string]*openapi.Schema) error {
	used := map[string]bool{}
	for key, mask := range t.rows {
		if name, words, _ := strings.Cut(key, "\t"); name == "kind" && mask&(1<<index) != 0 {
			follow(words[strings.LastIndex(words, "\t")+1:], all, used)
		}
	}
	for name := range used {
		js, err := json.Marshal(all[name])
		if err != nil {
			return err
		}
		t.add(index, "definition", name+"\t"+string(js))
	}
	return nil
}

func (t *table) add(index int, row, words string) { t.rows[row+"\t"+words] |= 1 << index }

// follow marks a definition and those below it.
func follow(name string, all map[string]*openapi.Schema, used map[string]bool) {
	if used[name] || all[name] == nil {
		return
	}
	used[name] = true
	var below func(s *openapi.Schema)
	below = func(s *openapi.Schema) {
		if s == nil {
			return
		}
		if s.Ref != "" {
			follow(s.Ref, all, used)
		}
		below(s.Items)
		for _, f := range s.Fields {
			below(f)
		}
	}
	below(all[name])
}

// text is the data as internal/openapi reads it.
func (t *table) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "minors\t%s\n", strings.Join(t.minors, "\t"))
	for _, key := range slices.Sorted(maps.Keys(t.rows)) {
		row, words, _ := strings.Cut(key, "\t")
		fmt.Fprintf(&b, "%s\t%x\t%s\n", row, t.rows[key], words)
	}
	var lines []string
	for g, l := range t.lifecycles {
		r := l.Replacement
		lines = append(lines, fmt.Sprintf("lifecycle\t%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\n",
			g.Group, g.Version, g.Kind, l.Introduced, l.Deprecated, l.Removed, r.Group, r.Version, r.Kind))
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
	return b.Bytes()
}
