// Package baseline lets findings pass that are known. A file of them, written when an old repo adopts the checks, goes in and
// findings go in; those that the file lists come out apart from new ones, and what it lists and nothing finds any more is a
// finding of its own, so that what was fixed stays fixed. A finding is known by its rule, object, field and what it says, never by
// a line; of what it says the file holds a digest, without secrets.
package baseline

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/redact"
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
	Message string // a digest of the message without its secrets: something worse at the same place is new
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
	Withheld string           // stands in objects for a secret that is not at hand; "": nothing does
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
	for i, f := range r.Findings {
		if f.Severity < diag.Warning || f.Object == "" || r.Rules != nil && !rules[f.Rule] {
			continue
		}
		o := objects[f.Object]
		sum := sha256.Sum256([]byte(r.open(f.Message, o)))
		keys[i] = Key{
			Check: r.Check, Rule: f.Rule, Object: r.Secrets.Text(f.Object), Path: r.Secrets.Text(named(f.Path, o)),
			Message: "sha256:" + hex.EncodeToString(sum[:6]), // digits alone would be a number
		}
	}
	return keys
}
