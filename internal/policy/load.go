package policy

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// The places of Rego in a core.
const (
	folder  = "policies"
	library = "lib"         // policies/lib: what policies share
	entry   = "policy.rego" // the file of a policy that carries its METADATA
)

// Load reads policies/<id>/*.rego and policies/lib/**.rego, tests left out, and compiles them together. Display says how
// messages name a file; nil: as it is. The Set is nil when a finding is an error, for half of the policies would let
// pass what the other half forbids. A file system without policies gives an empty Set.
func Load(fsys fs.FS, display func(string) string) (*Set, diag.Findings) {
	return loadOurs(fsys, folder, display)
}

// loadOurs is Load for policies in another folder.
func loadOurs(fsys fs.FS, folder string, display func(string) string) (*Set, diag.Findings) {
	if display == nil {
		display = func(name string) string { return name }
	}
	files, findings := collect(fsys, folder, display, false)
	l := loader{folder: folder, findings: findings}
	for _, f := range files {
		l.file(f)
	}
	set := l.set()
	l.findings.Sort()
	if l.findings.Failed() {
		return nil, l.findings
	}
	return set, l.findings
}

// text is one file: the policy it belongs to, "" for the library, and its syntax tree.
type text struct {
	policy string
	name   string // inside the policy's folder
	at     diag.Position
	module *ast.Module
}

type loader struct {
	folder   string
	findings diag.Findings
	files    []text
}

// file checks what can be said of one file alone.
func (l *loader) file(f text) {
	l.files = append(l.files, f)
	l.findings = append(l.findings, checkPackage(f)...)
	l.findings = append(l.findings, checkRefs(f)...)
}

// set puts the files together: one description per folder, one compiler for all.
func (l *loader) set() *Set {
	from := &bundle{folder: l.folder, modules: map[string]*ast.Module{}}
	s := &Set{gatekeeper: &gatekeeper.Set{}, bundles: []*bundle{from}}
	folders := map[string][]text{}
	for _, f := range l.files {
		from.modules[f.at.File] = f.module
		if f.policy != "" {
			folders[f.policy] = append(folders[f.policy], f)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(folders)) {
		p, findings := describe(id, folders[id])
		l.findings = append(l.findings, findings...)
		if p != nil {
			p.bundle = from
			s.policies = append(s.policies, p)
		}
	}
	l.findings = append(l.findings, s.compile(from)...)
	return s
}

// collect parses the Rego files below the folder: the policies, or the tests.
func collect(fsys fs.FS, folder string, display func(string) string, tests bool) ([]text, diag.Findings) {
	var files []text
	var findings diag.Findings
	err := fs.WalkDir(fsys, folder, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == folder {
			return fs.SkipAll
		}
		if err != nil {
			return err
		}
		if d.IsDir() || path.Ext(name) != ".rego" || strings.HasSuffix(name, "_test.rego") != tests {
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, found := parse(folder, name, display(name), string(data))
		findings = append(findings, found...)
		if len(found) == 0 {
			files = append(files, f)
		}
		return nil
	})
	if err != nil {
		findings = append(findings, diag.Errorf("policy-file", diag.Position{File: folder}, "read policies: %v", err))
	}
	return files, findings
}

func parse(folder, name, shown, content string) (text, diag.Findings) {
	id, rest, nested := strings.Cut(strings.TrimPrefix(name, folder+"/"), "/")
	f := text{policy: id, name: rest, at: diag.Position{File: shown}}
	if !nested {
		return f, diag.Findings{diag.Errorf("policy-file", f.at, "a policy has a folder of its own").
			WithHint("move it to %s, or to %s", path.Join(folder, "<id>", entry), path.Join(folder, library))}
	}
	if id == library {
		f.policy = ""
	} else if !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`).MatchString(id) {
		return f, diag.Findings{diag.Errorf("policy-file", f.at, "%q cannot be the id of a policy", id).
			WithHint("name the folder in lower-case letters, digits and dashes")}
	}
	module, err := rego.Annotated(shown, content)
	if err != nil {
		return f, rego.Findings("rego-syntax", err, nil, f.at)
	}
	f.module = module
	return f, nil
}
