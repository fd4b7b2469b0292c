package policy

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/conftest"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// LoadDir reads policies in whichever form they are written: ours, as a core's policies/ or what stands in it; rules for
// conftest, which is all other Rego but tests; and ConstraintTemplates, Constraints and ExpansionTemplates in YAML or JSON, among
// which other objects are left alone. The Set is nil when a finding is an error. A folder with no policy is one.
func LoadDir(fsys fs.FS, display func(string) string) (*Set, diag.Findings) {
	if display == nil {
		display = func(name string) string { return name }
	}
	set := &Set{gatekeeper: &gatekeeper.Set{}}
	var findings diag.Findings
	files, err := regoFiles(fsys)
	if err != nil {
		return nil, diag.Findings{diag.Errorf("policy-file", diag.Position{}, "read policies: %v", err)}
	}
	if folder, ours := ourFolder(fsys, files); ours {
		set, findings = loadOurs(fsys, folder, display)
	} else if len(files) > 0 {
		var rules *conftest.Rules
		rules, findings = loadConftest(fsys, files, display)
		findings = append(findings, strangers(fsys, files, display)...)
		set.conftest = []*conftest.Rules{rules}
	}
	objects, f := constraintFiles(fsys, display)
	constraints, more := FromStream(objects)
	findings = append(append(findings, f...), more...)
	if findings.Failed() {
		findings.Sort()
		return nil, findings
	}
	set, more = Join(set, constraints)
	findings = append(findings, more...)
	if set != nil && len(set.Policies()) == 0 && len(constraints.gatekeeper.Templates()) == 0 {
		return nil, append(findings, diag.Errorf("policy-file", diag.Position{}, "there are no policies in %s", display(".")).
			WithHint("it has neither <id>/policy.rego, nor Rego with deny, violation or warn, nor ConstraintTemplates"))
	}
	return set, findings
}

// regoFiles are all files of Rego but tests.
func regoFiles(fsys fs.FS) ([]string, error) {
	return walk(fsys, func(name string) bool { return path.Ext(name) == ".rego" && !strings.HasSuffix(name, "_test.rego") })
}

// walk lists files, those of hidden folders left out.
func walk(fsys fs.FS, want func(name string) bool) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(path.Base(name), "."):
			return fs.SkipDir
		case !d.IsDir() && want(name):
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// ourFolder finds the folder of policies of ours: one in which a folder's policy.rego has the package of the folder's name.
func ourFolder(fsys fs.FS, files []string) (string, bool) {
	for _, name := range files {
		dir, base := path.Split(name)
		id := path.Base(dir)
		parent := path.Dir(path.Clean(dir))
		if base != entry || parent != folder && parent != "." || id == "." {
			continue
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			continue
		}
		m, err := rego.ParseAny(name, string(text))
		if err == nil && m.Package.Path.Equal(ast.Ref{ast.DefaultRootDocument, ast.StringTerm(strings.ReplaceAll(id, "-", "_"))}) {
			return parent, true
		}
	}
	return "", false
}

func loadConftest(fsys fs.FS, files []string, display func(string) string) (*conftest.Rules, diag.Findings) {
	modules, findings := parseEach(fsys, files, display)
	if findings.Failed() {
		return nil, findings
	}
	rules, more := conftest.New(modules)
	findings = append(findings, more...)
	return rules, append(findings, forGatekeeper(modules)...)
}

// parseEach parses files of Rego in whichever version of the language each is written, and leaves out those that do not parse.
func parseEach(fsys fs.FS, names []string, display func(string) string) (map[string]*ast.Module, diag.Findings) {
	modules := map[string]*ast.Module{}
	var findings diag.Findings
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			findings = append(findings, diag.Errorf("policy-file", diag.Position{File: display(name)}, "read policy: %v", err))
			continue
		}
		m, err := rego.ParseAny(display(name), string(text))
		if err != nil {
			findings = append(findings, rego.Findings("rego-syntax", err, nil, diag.Position{File: display(name)})...)
			continue
		}
		modules[display(name)] = m
	}
	return modules, findings
}

// forGatekeeper warns of Rego that reads the input as Gatekeeper shows it, and never as conftest does: its rules find nothing
// in an object, and so let everything pass.
func forGatekeeper(modules map[string]*ast.Module) diag.Findings {
	var review *ast.Location
	plain := false
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		ast.WalkRefs(modules[name], func(ref ast.Ref) bool {
			switch {
			case !ref[0].Equal(ast.InputRootDocument):
			case permitted(ref, "review"):
				if review == nil {
					review = ref[0].Location
				}
			case !permitted(ref, "parameters"):
				plain = true
			}
			return false
		})
	}
	if review == nil || plain {
		return nil
	}
	return diag.Findings{diag.Errorf("policy-input", rego.Position(review, nil, diag.Position{}), "these rules read input.review, and the input of conftest's rules is the object").
		WithHint("give the ConstraintTemplate that they belong to, or put them into <id>/%s with METADATA and package <id>", entry)}
}

// constraintFiles reads the objects that are Gatekeeper's. Whatever else stands in YAML files may be in any form.
func constraintFiles(fsys fs.FS, display func(string) string) ([]object.Object, diag.Findings) {
	names, err := walk(fsys, func(name string) bool {
		return slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name))
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, diag.Findings{diag.Errorf("policy-file", diag.Position{}, "read policies: %v", err)}
	}
	var objects []object.Object
	var findings diag.Findings
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			findings = append(findings, diag.Errorf("policy-file", diag.Position{File: display(name)}, "read policy: %v", err))
			continue
		}
		if !strings.Contains(strings.ReplaceAll(string(text), "test.gatekeeper.sh/", ""), ".gatekeeper.sh/") {
			continue // nor is a suite of tests one of the policies
		}
		list, f := object.Parse(display(name), text)
		findings = append(findings, f...)
		objects = append(objects, list...)
	}
	return objects, findings
}
