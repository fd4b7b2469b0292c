// Package gotemplate executes Go templates: those of charts as Helm does, and our own (runlevels, value templates, derived
// values, manifests) more strictly. Template files and data go in; text comes out with the place in the template that every
// line of it comes from, or findings at file:line:col. Nothing of the surroundings is read: no clock, environment, network,
// disk or randomness. Our own templates may not even name a function that does; in charts such a call is answered by the caller.
package gotemplate

import (
	"maps"
	"slices"
	"sync"
	"text/template/parse"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Dialect is the language of a template.
type Dialect uint8

const (
	// Core is our own: a missing key is an error, conversions report errors, and functions are those that are the same in
	// every run.
	Core Dialect = iota
	// Chart is Helm's.
	Chart
	// Generator is Core with the functions that make secrets, which the caller answers.
	Generator
)

// File is one template file.
type File struct {
	Name    string // by which templates know it: include, .Template.Name
	Display string // as shown to users
	Text    string
}

// Cache keeps what was parsed, so that a file is parsed once however many releases use it. It may be shared by goroutines.
type Cache struct {
	languages map[Dialect]language
	mu        sync.Mutex
	parsed    map[cacheKey]func() parsed
}

type cacheKey struct {
	dialect Dialect
	file    File
	traced  bool
}

// parsed is what one file defines: itself and its named templates.
type parsed struct {
	trees    map[string]*parse.Tree
	findings diag.Findings
	changes  bool // calls what may change its arguments
}

// NewCache makes an empty cache.
func NewCache() *Cache {
	return &Cache{
		languages: map[Dialect]language{Core: newLanguage(Core), Chart: newLanguage(Chart), Generator: newLanguage(Generator)},
		parsed:    map[cacheKey]func() parsed{},
	}
}

// Set are template files that see each other's definitions. Where two define one name, the later file wins.
type Set struct {
	dialect Dialect
	cache   *Cache
	files   []File
	byName  map[string]File
	trees   []map[string]*parse.Tree
	changes bool
}

// Set parses files. Everything that can be found wrong without executing them is a finding.
func (c *Cache) Set(dialect Dialect, files []File) (*Set, diag.Findings) {
	return c.set(dialect, files, dialect == Core)
}

func (c *Cache) set(dialect Dialect, files []File, traced bool) (*Set, diag.Findings) {
	s := &Set{dialect: dialect, cache: c, files: files, byName: make(map[string]File, len(files))}
	var findings diag.Findings
	for _, f := range files {
		p := c.file(cacheKey{dialect, f, traced})
		findings = append(findings, p.findings...)
		s.trees = append(s.trees, p.trees)
		s.changes = s.changes || p.changes
		s.byName[f.Name] = f
	}
	return s, findings
}

// Changes reports whether executing the set may change its data. Where it does not, executions may share them.
func (s *Set) Changes() bool { return s.changes }

// traced is the set with every file marking which of its lines writes what.
func (s *Set) traced() *Set {
	t, _ := s.cache.set(s.dialect, s.files, true)
	return t
}

func (c *Cache) file(key cacheKey) parsed {
	c.mu.Lock()
	p := c.parsed[key]
	if p == nil {
		p = sync.OnceValue(func() parsed { return c.parseFile(key.dialect, key.file, key.traced) })
		c.parsed[key] = p
	}
	c.mu.Unlock()
	return p()
}

// defined are the names of all templates of the set, sorted.
func (s *Set) defined() []string {
	names := map[string]bool{}
	for _, trees := range s.trees {
		for name := range trees {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
