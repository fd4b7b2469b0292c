package cluster

import (
	"fmt"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// Change is what a plan does to one object, with every secret value masked.
type Change struct {
	Op       plan.Op        `json:"op"`
	ID       object.ID      `json:"object"`
	Release  string         `json:"release,omitempty"`
	Runlevel string         `json:"runlevel,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Note     string         `json:"note,omitempty"` // what the difference does not tell
	SetBy    []SetBy        `json:"setBy,omitempty"`
	Before   map[string]any `json:"before,omitempty"` // nil: does not exist
	After    map[string]any `json:"after,omitempty"`  // nil: is deleted
	Text     string         `json:"diff,omitempty"`   // unified diff of both as YAML; empty: they are the same
}

// What a difference cannot tell.
const (
	noteManagers = "nothing changes but who manages which field"
	noteLocal    = "cannot be previewed: a webhook takes no part in dry runs; shown without what the server adds"
	notePending  = "cannot be previewed: its CustomResourceDefinition is yet to be created; shown as it is sent"
)

// Differs reports a change of more than who manages which field.
func (c Change) Differs() bool { return c.Op != plan.Update || c.Text != "" }

// compare puts both sides of a difference in; either may be nil.
func (c *Change) compare(before, after *unstructured.Unstructured) error {
	diff := difflib.UnifiedDiff{FromFile: c.ID.String() + " (live)", ToFile: c.ID.String() + " (" + string(c.Op) + ")", Context: 3}
	var err error
	if before != nil {
		c.Before = before.Object
		if diff.A, err = lines(before); err != nil {
			return err
		}
	}
	if after != nil {
		c.After = after.Object
		if diff.B, err = lines(after); err != nil {
			return err
		}
	}
	if c.Text, err = difflib.GetUnifiedDiffString(diff); err == nil && !c.Differs() {
		c.Note = noteManagers
	}
	return err
}

func lines(u *unstructured.Unstructured) ([]string, error) {
	text, err := yaml.Marshal(u.Object)
	if err != nil {
		return nil, fmt.Errorf("write %s as YAML: %w", u.GetName(), err)
	}
	return difflib.SplitLines(strings.TrimSuffix(string(text), "\n")), nil
}
