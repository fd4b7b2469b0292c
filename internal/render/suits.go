package render

import (
	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Suits finds the charts that do not run on the API server's version of Kubernetes, where that is another than the one they
// were rendered for. A release with a kubeVersion of its own says what it runs on.
func Suits(in Input, releases []Release, server string) diag.Findings {
	r, findings := newRenderer(in)
	v, err := semver.NewVersion(server)
	if err != nil || findings.Failed() {
		return nil //nolint:nilerr // a version that cannot be read says nothing
	}
	rendered, err := semver.NewVersion(r.kube.Version)
	if err == nil && rendered.Major() == v.Major() && rendered.Minor() == v.Minor() {
		return nil
	}
	plain := semver.New(v.Major(), v.Minor(), v.Patch(), "", "").String()
	for i := range releases {
		release := &releases[i]
		if !release.Enabled || release.KubeVersion != "" {
			continue
		}
		loaded := r.chartOf(release)
		if loaded == nil {
			continue
		}
		if md := loaded.chart.Metadata; md.KubeVersion != "" && !chartutil.IsCompatibleRange(md.KubeVersion, plain) {
			findings = append(findings, diag.Errorf("chart-kube-version", release.at("chart"), "chart %s wants Kubernetes %s, and the server has %s", md.Name, md.KubeVersion, server).
				WithHint("take a version of the chart for it, or upgrade the cluster"))
		}
	}
	return findings
}
