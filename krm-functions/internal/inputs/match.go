package inputs

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// Partial reports whether a file only defines templates for others, as `_*.tpl` files do.
func Partial(name string) bool {
	return strings.HasPrefix(path.Base(name), "_") && path.Ext(name) == ".tpl"
}

// Match lists the paths that globs match, those of each glob in byte order, and none twice. Without globs it is all. at is
// the place that names them.
func (c ConfigMap) Match(globs []string, at diag.Position) ([]string, diag.Findings) {
	all := slices.Sorted(maps.Keys(c.Texts))
	if len(globs) == 0 {
		return all, nil
	}
	var matched []string
	var findings diag.Findings
	for _, g := range globs {
		found, err := repo.Glob(NewFiles(c.Texts), g)
		found = slices.DeleteFunc(found, func(name string) bool { return c.Texts[name] == nil }) // folders
		switch {
		case err != nil:
			findings = append(findings, diag.Errorf("glob-syntax", at, "%q is no pattern of paths: %v", g, err))
		case len(found) == 0 && !strings.ContainsAny(g, `*?[\`):
			f := diag.Errorf("missing-key", at, "the ConfigMap %s has no key for %s", c.Item.Name(), g)
			f.Hint = diag.DidYouMean(g, all)
			findings = append(findings, f)
		case len(found) == 0:
			findings = append(findings, diag.Warningf("empty-glob", at, "%s matches no key of the ConfigMap %s", g, c.Item.Name()))
		}
		for _, name := range found {
			if !slices.Contains(matched, name) {
				matched = append(matched, name)
			}
		}
	}
	return matched, findings
}
