package vendoring

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

// failure is an error that knows its rule and what to do about it.
type failure struct{ rule, message, hint string }

func (f *failure) Error() string { return f.message }

func failf(rule, hint, format string, args ...any) error {
	return &failure{rule, fmt.Sprintf(format, args...), hint}
}

// choose picks the newest version that a dependency asks for.
func choose(ctx context.Context, from repository, d dependency) (string, error) {
	if _, err := semver.StrictNewVersion(strings.TrimPrefix(d.Version, "v")); err == nil && from.tagged() {
		return d.Version, nil // registries list slowly, and not to everybody
	}
	versions, err := from.versions(ctx, d.Name)
	if err != nil {
		return "", err
	}
	slices.SortFunc(versions, func(a, b string) int { return archive.CompareVersions(b, a) })
	if slices.Contains(versions, d.Version) {
		return d.Version, nil
	}
	if i := slices.IndexFunc(versions, d.satisfied); i >= 0 {
		return versions[i], nil
	}
	return "", failf("chart-version", "", "%s has no version %s of %s; %s", d.Repository, d.Version, d.Name, nearest(versions, d.Version))
}

// nearest names the versions around the one that a range names, newest first; sorted so are the versions.
func nearest(versions []string, wanted string) string {
	const shown = 4
	if len(versions) == 0 {
		return "there is none"
	}
	i := 0
	if v := regexp.MustCompile(`[0-9]+(\.[0-9]+)*(-[0-9A-Za-z.-]+)?`).FindString(wanted); v != "" {
		for i < len(versions) && archive.CompareVersions(versions[i], v) > 0 {
			i++
		}
	}
	from := max(0, min(i-shown/2, len(versions)-shown))
	list := strings.Join(versions[from:min(from+shown, len(versions))], ", ")
	if len(versions) <= shown {
		return "there is " + list
	}
	return fmt.Sprintf("the nearest of %d are %s", len(versions), list)
}

// checkArchive makes sure that bytes are the chart that was asked for, whole, and returns its version as it writes it.
func checkArchive(data []byte, name, version string) (string, error) {
	fail := func(format string, args ...any) (string, error) {
		return "", failf("chart-archive", "", "what was fetched as %s is not that chart: %s", archive.File(name, version), fmt.Sprintf(format, args...))
	}
	c, err := archive.Load(data)
	if err != nil {
		return fail("%v", err)
	}
	if err := c.Validate(); err != nil {
		return fail("%v", err)
	}
	if c.Name() != name || !sameVersion(c.Metadata.Version, version) {
		return fail("it is %s %s", c.Name(), c.Metadata.Version)
	}
	if missing := archive.Missing(c); len(missing) > 0 {
		return fail("it depends on %s and does not hold them", strings.Join(missing, ", "))
	}
	return c.Metadata.Version, nil
}

// sameVersion compares versions; the v before one does not count.
func sameVersion(a, b string) bool { return strings.TrimPrefix(a, "v") == strings.TrimPrefix(b, "v") }

// finding is an error at the dependency that it befell.
func finding(d dependency, err error) diag.Finding {
	if f, ok := err.(*failure); ok { //nolint:errorlint // never wrapped
		found := diag.Errorf(f.rule, d.At, "%s", f.message)
		found.Hint = f.hint
		return found
	}
	return diag.Errorf("chart-repository", d.At, "%v", err)
}
