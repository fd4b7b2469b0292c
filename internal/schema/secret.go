package schema

import (
	"path"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// plainSecrets finds what the schema calls a secret in files that are not encrypted, whether another layer overrides it or
// not: it can be read there. Flags are no files.
func (s *Schema) plainSecrets(layers []values.Layer) diag.Findings {
	var out diag.Findings
	for _, l := range layers {
		if l.File == nil || l.File.Flag {
			continue
		}
		for _, b := range values.Bares(l.Root, s.rules) {
			if !b.Node.File.Secret {
				out = append(out, plainSecret(b).WithHint("%s", whereTo(l.File)))
			}
		}
	}
	return out
}

// plainDefaults finds secrets among the defaults of the schema itself.
func (r *ruler) plainDefaults() diag.Findings {
	var out diag.Findings
	seen := map[*source.Node]bool{}
	for _, key := range sortedKeys(r.built) {
		rules := r.built[key]
		for _, b := range values.Bares(rules.Default, rules) {
			if !seen[b.Node] {
				seen[b.Node] = true
				out = append(out, plainSecret(b).WithPath("").WithHint("%s", inCore))
			}
		}
	}
	out.Sort()
	return out
}

const inCore = "leave it out: a core is the same for everybody; x-secret may hold a template that generates the secret"

func plainSecret(b values.Bare) diag.Finding {
	f := diag.Errorf("plain-secret-value", b.Node.At(), "a secret stands here in plain text").WithPath(source.Path(b.Path)).
		WithNote(b.Secret.At, "the schema says that it is a secret")
	f.Quiet = true
	return f
}

// places are those of findings.
func places(findings diag.Findings) []diag.Position {
	at := make([]diag.Position, len(findings))
	for i, f := range findings {
		at[i] = f.At
	}
	return at
}

// whereTo says where a secret of the file belongs.
func whereTo(file *source.File) string {
	switch {
	case file.Secret:
		return "the rest of the file is encrypted: have .sops.yaml's rule for it encrypt this too, run kubectl otomi secrets rekey " + file.Name + ", and change the secret if it was ever committed"
	case strings.HasSuffix(file.Name, core.Platform+"/defaults.yaml"):
		return inCore
	}
	to := path.Join(path.Dir(file.Name), "secrets."+path.Base(file.Name))
	return "move it to " + to + ", encrypt that with kubectl otomi secrets encrypt, and change the secret if it was ever committed"
}
