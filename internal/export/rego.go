package export

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

// module is a file of Rego as parsed.
type module = *ast.Module

// place is the package that a policy's own files have in its template: in Gatekeeper whatever is not the entry point is a
// library, and lies below lib.
func (e *exporter) place() string { return "lib.otomi.policies." + e.name() }

func (e *exporter) name() string { return strings.ReplaceAll(e.policy.ID, "-", "_") }

// entry is the module that Gatekeeper asks: the policy's violations but for those that are exempt. The policy does not see
// the parameter that is not its own.
func (e *exporter) entry() string {
	return legible(fmt.Sprintf(`package %s

violation contains violation if {
	violations := data.%s.violation with input.parameters as object.remove(object.get(input, "parameters", {}), {%q})
	some violation in violations
	not data.lib.otomi.exemptions.covers(%q, violation)
}
`, e.name(), e.place(), exemptParameter, e.policy.ID))
}

// libs are the texts of the policy's own files and of what they use of the library.
func (e *exporter) libs() []string {
	var texts []string
	for _, m := range e.policy.Modules {
		e.refuse(m)
		moved := m.Copy()
		moved.Package.Path = ast.MustParseRef("data." + e.place())
		texts = append(texts, e.write(moved))
	}
	for _, m := range e.used() {
		e.refuse(m)
		texts = append(texts, e.write(m.Copy()))
	}
	return texts
}

// used are the library's modules that the policy refers to, or that those refer to.
func (e *exporter) used() []module {
	var found []module
	todo := slices.Clone(e.policy.Modules)
	for len(todo) > 0 {
		m := todo[0]
		todo = todo[1:]
		for _, lib := range e.policy.Library {
			if !slices.Contains(found, lib) && refers(m, lib.Package.Path) {
				found, todo = append(found, lib), append(todo, lib)
			}
		}
	}
	slices.SortFunc(found, func(a, b module) int { return slices.Index(e.policy.Library, a) - slices.Index(e.policy.Library, b) })
	return found
}

// refers reports whether a module names a package, something in it, or, with a variable in the name, perhaps.
func refers(m module, path ast.Ref) bool {
	found := false
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		n := min(len(ref), len(path))
		found = found || n > 1 && ref[0].Equal(ast.DefaultRootDocument) && matches(ref[:n], path[:n])
		return found
	})
	return found
}

func matches(ref, path ast.Ref) bool {
	for i := range path {
		if _, variable := ref[i].Value.(ast.Var); i > 0 && variable {
			return true
		}
		if !ref[i].Equal(path[i]) {
			return false
		}
	}
	return true
}

// refuse finds what Gatekeeper does not take.
func (e *exporter) refuse(m module) {
	for _, i := range m.Imports {
		ref, ok := i.Path.Value.(ast.Ref)
		if !ok {
			continue
		}
		inventory := len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm("inventory"))
		if ref[0].Equal(ast.InputRootDocument) || inventory {
			e.fail("Gatekeeper takes no import of %v; write it out where it is used", ref)
		}
	}
}

// write is the module's text, without the imports that say only which Rego it is: the template does.
func (e *exporter) write(m module) string {
	m.Imports = slices.DeleteFunc(m.Imports, func(i *ast.Import) bool {
		ref, ok := i.Path.Value.(ast.Ref)
		return ok && (ref[0].Equal(ast.VarTerm("rego")) || ref[0].Equal(ast.FutureRootDocument))
	})
	text, err := format.AstWithOpts(m, format.Opts{RegoVersion: ast.RegoV1})
	if err != nil {
		e.fail("write its Rego: %v", err)
	}
	return legible(string(text))
}

// legible is Rego indented by spaces: YAML writes a text with tabs on one line.
func legible(text string) string {
	spaced := regexp.MustCompile(`(?m)^\t+`).ReplaceAllStringFunc(text, func(tabs string) string { return strings.Repeat("  ", len(tabs)) })
	before, err1 := ast.ParseModule("", text)
	after, err2 := ast.ParseModule("", spaced)
	if err1 != nil || err2 != nil || !before.Equal(after) {
		return text // a text in it goes over several lines
	}
	return spaced
}
