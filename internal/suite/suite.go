// Package suite runs Gatekeeper's own tests of policies: a Suite is a file that names templates, constraints and objects, and says
// which objects violate what. Files go in through a file system, outcomes come out. A case means here what it means to gator
// verify; beyond that, a template with code for both engines is run by both, and must not say yes by one and no by the other.
package suite

import (
	"path"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// The kind of object that a suite is.
const (
	Group = "test.gatekeeper.sh"
	Kind  = "Suite"
)

// Suite is a file of tests.
type Suite struct {
	Path  string `json:"-"` // as shown
	Tests []Test `json:"tests"`
	Skip  bool   `json:"skip"`

	file string                   // in the file system
	show func(file string) string // how users know a file
}

// Test is a template with a constraint, and cases that they judge.
type Test struct {
	Name       string `json:"name"`
	Template   string `json:"template"` // these are files, seen from the suite's folder
	Constraint string `json:"constraint"`
	Expansion  string `json:"expansion"` // of ExpansionTemplates; "": none
	Cases      []Case `json:"cases"`
	Invalid    bool   `json:"invalid"` // the constraint must not fit the template's schema, and there are no cases
	Skip       bool   `json:"skip"`
}

// Case is an object to judge.
type Case struct {
	Name       string      `json:"name"`
	Object     string      `json:"object"`    // a file of one object, or of one AdmissionReview
	Inventory  []string    `json:"inventory"` // files of what else is in the cluster
	Assertions []Assertion `json:"assertions"`
	Skip       bool        `json:"skip"`
}

// Assertion is something that must be true of the violations found.
type Assertion struct {
	Violations *intstr.IntOrString `json:"violations"` // yes, no, or how many; nil: yes
	Message    *string             `json:"message"`    // an expression that the messages of those counted match; nil: all
}

// beside is a file that the suite names: in the file system, and as shown.
func (s *Suite) beside(name string) (file, shown string) {
	file = path.Join(path.Dir(s.file), name)
	return file, s.show(file)
}
