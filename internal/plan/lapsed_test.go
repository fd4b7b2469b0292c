package plan

import (
	"errors"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestLapsed needs an exemption that has expired to count where the object changes, and only there.
func TestLapsed(t *testing.T) {
	expired := diag.Errorf("expired-exemption", diag.Position{File: "env/p.yaml", Line: 3}, "it expired")
	for name, c := range map[string]struct {
		object  string
		desired string
		change  func(w *world, live *Meta)
		want    diag.Severity
	}{
		"unchanged":      {object: "ConfigMap/shop/c", desired: configMap, want: diag.Warning},
		"no object":      {desired: configMap, want: diag.Warning},
		"another object": {object: "ConfigMap/shop/other", desired: configMap + "---\n" + deployment, want: diag.Warning},
		"changed":        {object: "ConfigMap/shop/c", desired: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {a: c}\n", want: diag.Error},
		"new":            {object: "Deployment/shop/web", desired: configMap + "---\n" + deployment, want: diag.Error},
		"deleted by hand": {
			object: "ConfigMap/shop/c", desired: configMap, want: diag.Error,
			change: func(w *world, _ *Meta) { clear(w.seen.Objects) },
		},
		"drift that is set back": {
			object: "ConfigMap/shop/c", desired: configMap, want: diag.Warning,
			change: func(_ *world, live *Meta) { live.Managers[0] = ourFields(2) },
		},
	} {
		w := applied(parsed(t, configMap)...)
		if c.change != nil {
			c.change(w, w.seen.Objects[w.inv.Entries[0].ID])
		}
		in := w.input(parsed(t, c.desired)...)
		expired.Object = c.object
		in.Lapsed = diag.Findings{expired}
		p, err := Make(in)
		if len(p.Findings) != 1 || p.Findings[0].Severity != c.want {
			t.Errorf("%s: Make finds %v, want one of severity %s", name, p.Findings, c.want)
		}
		var findings diag.Findings
		if errors.As(err, &findings) != (c.want == diag.Error) {
			t.Errorf("%s: Make = %v", name, err)
		}
	}
}

// TestLapsedAndRefused needs a refusal to be told with what has expired.
func TestLapsedAndRefused(t *testing.T) {
	w := applied(parsed(t, configMap)...)
	expired := diag.Errorf("expired-exemption", diag.Position{}, "it expired")
	expired.Object = "Deployment/shop/web"
	in := w.input(parsed(t, configMap+"---\n"+deployment)...)
	in.Lapsed, in.Cluster.UID = diag.Findings{expired}, "another"
	p, err := Make(in)
	if !errors.Is(err, ErrRefused) || !p.Findings.Failed() {
		t.Errorf("Make = %v with %v, want both the refusal and the finding", err, p.Findings)
	}
}
