package apply

import (
	"strings"
	"testing"
)

// refused wants an exit code, a text on stderr, and that nothing was written; of a set that was applied before, its lock is
// taken and given back.
func (e *env) refused(code int, want string, args ...string) {
	e.Helper()
	var r result
	for _, q := range e.requests(func() { r = e.otomi(code, args...) }) {
		lock := q.Verb == "update" && strings.Contains(q.RequestURI, "/namespaces/otomi-system/leases/")
		if q.writes() && !strings.Contains(q.RequestURI, "dryRun=All") && !lock {
			e.Errorf("kubectl otomi %s sent %s %s", strings.Join(args, " "), q.Verb, q.RequestURI)
		}
	}
	if !strings.Contains(r.stderr, want) {
		e.Errorf("kubectl otomi %s says\n%s\nwant %s", strings.Join(args, " "), r.stderr, want)
	}
}

func TestRefused(t *testing.T) {
	e := newEnv(t, base("refuse"))
	e.write(`
-- policies/no-secrets/policy.rego --
# METADATA
# title: No such ConfigMap
# description: There is none called forbidden.
# custom:
#   severity: error
#   kinds: [{apiGroups: [""], kinds: [ConfigMap]}]
package no_secrets

violation contains {"msg": "this name is forbidden", "details": {"path": "metadata.name"}} if {
	input.review.object.metadata.name == "forbidden"
}
`)
	// Off a terminal the first apply needs agreement.
	e.refused(6, "--yes", "apply")
	// A policy violation.
	e.write("-- platform/extra/forbidden.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: forbidden}\n")
	e.refused(1, "this name is forbidden", "apply", "--yes")
	// An object that the API server refuses, found by its dry run.
	e.write("-- platform/extra/forbidden.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999}]}\n")
	e.refused(1, "99999", "apply", "--yes")
	e.write("-- platform/extra/forbidden.yaml --\napiVersion: example.com/v1\nkind: Unheard\nmetadata: {name: bad}\n")
	e.refused(1, "Unheard", "apply", "--yes")
	e.write("-- platform/extra/forbidden.yaml --\n")

	// No cluster reachable, and none of that name.
	e.refused(1, "127.0.0.1:1", "apply", "--yes", "--server", "https://127.0.0.1:1")
	e.refused(2, "none of its contexts (e2e) exists", "apply", "--yes", "--kubeconfig", "/dev/null")

	// Another uid than declared.
	e.write(strings.Replace("-- otomi.yaml --"+strings.SplitN(strings.SplitN(base("refuse"), "-- otomi.yaml --", 2)[1], "-- env/values.yaml --", 2)[0],
		"contexts: [e2e]", "contexts: [e2e], uid: 11111111-2222-3333-4444-555555555555", 1))
	for _, command := range [][]string{{"apply", "--yes"}, {"diff"}, {"status"}, {"destroy", "--yes"}} {
		e.refused(6, "11111111-2222-3333-4444-555555555555", command...)
	}
	e.write(base("refuse"))

	// A cluster that another name of the same repo was applied to.
	e.otomi(0, "apply", "--yes")
	t.Cleanup(func() { e.write(base("refuse")); e.otomi(0, "destroy", "--yes") })
	e.write(strings.Replace("-- otomi.yaml --"+strings.SplitN(strings.SplitN(base("refuse"), "-- otomi.yaml --", 2)[1], "-- env/values.yaml --", 2)[0],
		"{name: refuse, contexts", "{name: other, contexts", 1))
	for _, command := range [][]string{{"apply", "--yes"}, {"diff"}, {"status"}, {"destroy", "--yes"}} {
		e.refused(6, "this cluster is refuse to inventory otomi-system/refuse, not other", command...)
	}

	// Something that exists and is not ours.
	e.write(base("refuse"))
	e.kubectl("-n", "refuse", "create", "configmap", "foreign")
	e.write("-- platform/web/foreign.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: foreign}\ndata: {a: b}\n")
	e.refused(4, "--adopt", "apply", "--yes")
	e.otomi(0, "apply", "--yes", "--adopt", "unowned")
}
