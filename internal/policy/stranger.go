package policy

import (
	"io/fs"
	"path"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// strangers are files that stand where a policy of ours would and describe one, but in a package of another name: read as rules
// for conftest, they would lose severity, kinds and parameters without a word.
func strangers(fsys fs.FS, files []string, display func(string) string) diag.Findings {
	var findings diag.Findings
	for _, name := range files {
		text, err := fs.ReadFile(fsys, name)
		if err != nil || path.Base(name) != entry || !strings.Contains(name, "/") {
			continue
		}
		m, err := rego.Annotated(display(name), string(text))
		if err != nil || annotations(m) == nil || len(annotations(m).Custom) == 0 {
			continue
		}
		id := path.Base(path.Dir(name))
		findings = append(findings, diag.Errorf("policy-metadata", rego.Position(m.Package.Location, nil, diag.Position{File: display(name)}),
			"the METADATA is of a policy %s, but this is %s", id, m.Package).WithHint("write package %s", strings.ReplaceAll(id, "-", "_")))
	}
	return findings
}
