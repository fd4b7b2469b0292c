// Package baseline lets findings pass that are known. A file of them, written when an old repo adopts the checks, goes in and
// findings go in; those that the file lists come out apart from new ones, and what it lists and nothing finds any more is a
// finding of its own, so that what was fixed stays fixed. A finding is known by its rule, object and field, never by a line,
// and no message is in the file.
package baseline

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Check is the kind of checks that a finding comes from. What one kind finds says nothing about entries of another.
type Check string

// The kinds of checks whose findings a baseline holds. Values are the repo's own: mistakes in them are never known.
const (
	Manifests Check = "manifests"
	Policies  Check = "policies"
)

// Key is what a finding is known by.
type Key struct {
	Check   Check
	Rule    string
	Object  string // KIND/[NS/]NAME
	Path    string // of the field; list items that have a name go by it
	Message string // a digest of the message, where there is no path to tell findings apart
}

// place is a finding in a cluster.
type place struct {
	Key
	cluster string
}

// entry is how often a finding is listed, and where.
type entry struct {
	count int
	at    diag.Position
}

// File is a baseline. The zero File is an empty one.
type File struct{ entries map[place]entry }

// Run is what one kind of checks found in one cluster.
type Run struct {
	Check    Check
	Cluster  string // "": there are no clusters
	Findings diag.Findings
	Rules    []string         // whose findings may be known; nil: of all
	Objects  []object.Object  // that were checked
	Secrets  *redact.Redactor // hides what must not be in a file
	// Unsure reports findings that the run may have missed: not to find them does not mean that they are fixed.
	Unsure func(Key) bool
}

// keys are the findings' keys; the zero Key for one that cannot be known.
func (r Run) keys() []Key {
	objects := make(map[string]object.Object, len(r.Objects))
	for _, o := range r.Objects {
		objects[o.ID().String()] = o
	}
	rules := map[string]bool{}
	for _, name := range r.Rules {
		rules[name] = true
	}
	keys := make([]Key, len(r.Findings))
	hide := func(text string) string { return text }
	if r.Secrets != nil {
		hide = r.Secrets.Text
	}
	for i, f := range r.Findings {
		if f.Severity < diag.Warning || f.Object == "" || r.Rules != nil && !rules[f.Rule] {
			continue
		}
		k := Key{Check: r.Check, Rule: f.Rule, Object: hide(f.Object), Path: hide(named(f.Path, objects[f.Object]))}
		if k.Path == "" && !f.Quiet && !strings.HasPrefix(f.Object, "Secret/") {
			sum := sha256.Sum256([]byte(hide(f.Message)))
			k.Message = hex.EncodeToString(sum[:6])
		}
		keys[i] = k
	}
	return keys
}

// named is a path that calls list items by their names where they have one, so that it stays the same when others come before
// them.
func named(path string, o object.Object) string {
	parts, err := source.ParsePath(path)
	if err != nil || o.Unstructured == nil {
		return path
	}
	var b strings.Builder
	for i, part := range parts {
		above, _ := object.Field(o.Object, parts[:i])
		item, _ := object.Field(o.Object, parts[:i+1])
		fields, _ := item.(map[string]any)
		name, _ := fields["name"].(string)
		if _, isList := above.([]any); isList && name != "" {
			b.WriteString("[name=" + name + "]")
			continue
		}
		b.WriteString(strings.TrimPrefix(source.Path([]string{"x", part}), "x"))
	}
	return strings.TrimPrefix(b.String(), ".")
}
