package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// configMapOf is a ConfigMap of a release in a runlevel with an annotation.
func configMapOf(t *testing.T, name, release, level, key, value string) object.Object {
	t.Helper()
	o := parsed(t, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  namespace: shop\n  annotations:\n    a: b\n    %s: %q\n", name, key, value))[0]
	o.Release, o.Runlevel = release, level
	return o
}

func TestDependsOn(t *testing.T) {
	const kpt = KptDependsOnKey
	for name, c := range map[string]struct {
		objects []object.Object
		needs   map[string]Release
		of      string // of ConfigMap/shop/a
		finding string
	}{
		"in the namespace":          {[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "cm/b"), configMapOf(t, "b", "s", "20", "x", "y")}, nil, "[ConfigMap/shop/b]", ""},
		"several":                   {[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "ConfigMap/shop/b, ConfigMap/c"), configMapOf(t, "b", "s", "20", "x", "y"), configMapOf(t, "c", "s", "10", "x", "y")}, nil, "[ConfigMap/shop/b ConfigMap/shop/c]", ""},
		"as kpt has it":             {[]object.Object{configMapOf(t, "a", "r", "20", kpt, "/namespaces/shop/ConfigMap/b"), configMapOf(t, "b", "s", "20", "x", "y")}, nil, "[ConfigMap/shop/b]", ""},
		"a namespace as kpt has it": {append(parsed(t, namespace), configMapOf(t, "a", "r", "20", kpt, "/Namespace/shop")), nil, "[Namespace/shop]", ""},
		"unknown": {
			[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "cm/bob"), configMapOf(t, "bib", "s", "20", "x", "y")},
			nil, "[]",
			"m.yaml:8:26: ConfigMap/shop/a: metadata.annotations[\"otomi.io/depends-on\"]: otomi.io/depends-on: there is no cm/shop/bob (did you mean ConfigMap/shop/bib?)",
		},
		"no reference":          {[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "bob")}, nil, "[]", `want KIND/NAME or KIND/NAMESPACE/NAME, not "bob"`},
		"no reference of kpt's": {[]object.Object{configMapOf(t, "a", "r", "20", kpt, "ConfigMap/b")}, nil, "[]", `not "ConfigMap/b"`},
		"against the runlevels": {
			[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "cm/b"), configMapOf(t, "b", "s", "30", "x", "y")},
			nil, "[]",
			"ConfigMap/shop/a of runlevel 20 cannot wait for ConfigMap/shop/b, which comes later, in runlevel 30",
		},
		"itself": {[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "cm/a")}, nil, "[]", "cannot wait for itself"},
		"each other": {
			[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "cm/b"), configMapOf(t, "b", "s", "20", DependsOnKey, "cm/a")},
			nil, "[ConfigMap/shop/b]",
			"these wait for each other: ConfigMap/shop/a → ConfigMap/shop/b → ConfigMap/shop/a (take one of the dependencies out)",
		},
		"against needs": {
			[]object.Object{configMapOf(t, "a", "r", "20", DependsOnKey, "cm/b"), configMapOf(t, "b", "s", "20", "x", "y")},
			map[string]Release{"s": {Needs: []string{"r"}}},
			"[ConfigMap/shop/b]",
			"these wait for each other: ConfigMap/shop/a → ConfigMap/shop/b → release s → release r to be ready → ConfigMap/shop/a",
		},
		"against the order of hooks": {
			[]object.Object{configMapOf(t, "b", "r", "20", "x", "y"), withKey(configMapOf(t, "a", "r", "20", HookKey, "pre-install"), DependsOnKey, "cm/b")},
			nil, "[ConfigMap/shop/b]", "hooks of release r → ConfigMap/shop/a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := (&world{seen: Observed{ServerUID: server, Namespaces: map[string]bool{"shop": true}}}).input(c.objects...)
			in.Releases = c.needs
			p, err := Make(in)
			if got := fmt.Sprint(one(t, p, "ConfigMap/shop/a").DependsOn); got != c.of {
				t.Errorf("it depends on %s, want %s", got, c.of)
			}
			var findings diag.Findings
			if errors.As(err, &findings) != (c.finding != "") || !strings.Contains(findings.Error(), c.finding) {
				t.Errorf("Make = %v\nwant   %s", err, c.finding)
			}
		})
	}
}

func withKey(o object.Object, key, value string) object.Object {
	annotations := o.GetAnnotations()
	annotations[key] = value
	o.SetAnnotations(annotations)
	return o
}

func TestDependsOnWhatIsNotSelected(t *testing.T) {
	w := &world{seen: Observed{ServerUID: server, Namespaces: map[string]bool{"shop": true}}}
	in := w.input(configMapOf(t, "a", "r", "20", DependsOnKey, "cm/b"), configMapOf(t, "b", "s", "20", "x", "y"))
	in.Selected = func(release, _ string) bool { return release == "r" }
	if _, err := Make(in); err == nil || !strings.Contains(err.Error(), "does not exist yet and is not selected") {
		t.Errorf("Make = %v, want it refused", err)
	}
}
