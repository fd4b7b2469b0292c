package gatekeeper

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/util/json"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// reader reads one object of Gatekeeper's and collects what is wrong with it.
type reader struct {
	object   object.Object
	locator  *object.Locator
	findings diag.Findings
}

func newReader(o object.Object) *reader {
	return &reader{object: o, locator: object.NewLocator(o, &sync.Map{})}
}

// at is an error at a field of the object.
func (r *reader) at(rule, field, format string, args ...any) diag.Finding {
	f := diag.Errorf(rule, r.locator.Place(field), format, args...).WithPath(field)
	f.Object = r.object.ID().String()
	return f
}

func (r *reader) fail(rule, field, format string, args ...any) {
	r.findings = append(r.findings, r.at(rule, field, format, args...))
}

// decode fills a struct from a part of the object; a field of a wrong type is a finding.
func decode[T any](r *reader, rule, field string, from any) (T, bool) {
	var into T
	data, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(data, &into)
	}
	if err != nil {
		r.fail(rule, field, "read %s: %v", field, err)
		return into, false
	}
	return into, true
}

// index is a path of an item.
func index(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }
