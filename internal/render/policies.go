package render

import (
	"path"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// policies renders a release whose source are the cores' policies. How they become objects is not rendering's to know.
func (r *renderer) policies(release *Release) ([]object.Object, diag.Findings) {
	if r.Policies == nil {
		return nil, diag.Findings{diag.Errorf("release-source", release.at("policies"), "policies are no source of releases here")}
	}
	objects, findings := r.Policies(r.Tree)
	for _, o := range objects {
		_, file, _ := strings.Cut(o.Source.File, "policies/")
		setSource(o, path.Join("policies", file))
	}
	return objects, findings
}
