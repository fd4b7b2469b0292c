package bench

import (
	"fmt"
	"strings"
	"testing"
)

// check is a rule, the same for everybody: for objects of a kind, a body of Rego that yields text, what is wrong. In it o is
// the object.
type check struct{ id, kind, body string }

// checks are fifty rules, the five that come to mind first before the others.
func checks() []check {
	all := []check{
		inContainer("no-tag-latest", `endswith(c.image, ":latest")`),
		inContainer("limits-memory", `not c.resources.limits.memory`),
		inContainer("no-privileged", `c.securityContext.privileged == true`),
		inContainer("registry", `not startswith(c.image, "registry.example.com/")`),
		{"no-hostnetwork", "Deployment", `o.spec.template.spec.hostNetwork == true; text := "hostNetwork"`},

		inContainer("limits-cpu", `not c.resources.limits.cpu`),
		inContainer("requests-cpu", `not c.resources.requests.cpu`),
		inContainer("requests-memory", `not c.resources.requests.memory`),
		inContainer("escalation", `not c.securityContext.allowPrivilegeEscalation == false`),
		inContainer("read-only", `not c.securityContext.readOnlyRootFilesystem == true`),
		inContainer("non-root", `not c.securityContext.runAsNonRoot == true`),
		inContainer("readiness", `not c.readinessProbe`),
		inContainer("liveness", `not c.livenessProbe`),
		{"named-ports", "Service", `some p in o.spec.ports; not p.name; text := sprintf("port %d", [p.port])`},
	}
	for id, form := range forms() {
		for _, about := range form.about {
			name := strings.ToLower(id + "-" + about[strings.LastIndex(about, "/")+1:])
			all = append(all, check{strings.ReplaceAll(name, "_", "-"), form.kind, strings.ReplaceAll(form.body, "ABOUT", about)})
		}
	}
	return all
}

func inContainer(id, condition string) check {
	return check{id, "Deployment", `some c in o.spec.template.spec.containers; ` + condition + `; text := sprintf("container %s", [c.name])`}
}

// form is a rule that several rules are made of.
type form struct {
	kind, body string
	about      []string
}

func forms() map[string]form {
	const containers = `some c in o.spec.template.spec.containers; `
	return map[string]form{
		"no-tag":        {"Deployment", containers + `endswith(c.image, ":ABOUT"); text := c.image`, []string{"dev", "snapshot", "nightly", "test"}},
		"no-capability": {"Deployment", containers + `"ABOUT" in c.securityContext.capabilities.add; text := c.name`, []string{"SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_MODULE"}},
		"no-host":       {"Deployment", `o.spec.template.spec.ABOUT == true; text := "ABOUT"`, []string{"hostPID", "hostIPC", "shareProcessNamespace"}},
		"label": {"Deployment", `not o.metadata.labels["ABOUT"]; text := "ABOUT"`, []string{
			"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/part-of", "app.kubernetes.io/version", "app.kubernetes.io/managed-by",
		}},
		"no-env": {"Deployment", containers + `some e in c.env; e.name == "ABOUT"; text := sprintf("container %s", [c.name])`, []string{
			"PASSWORD", "TOKEN", "SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL",
		}},
		"no-port":   {"Deployment", containers + `some p in c.ports; p.containerPort == ABOUT; text := sprintf("container %s", [c.name])`, []string{"22", "23", "25", "111", "3389"}},
		"no-volume": {"Deployment", `some v in o.spec.template.spec.volumes; v.ABOUT; text := sprintf("volume %s", [v.name])`, []string{"hostPath", "nfs", "gitRepo"}},
		"no-type":   {"Service", `o.spec.type == "ABOUT"; text := "type ABOUT"`, []string{"LoadBalancer", "NodePort", "ExternalName"}},
		"no-key":    {"ConfigMap", `some k, _ in o.data; contains(k, "ABOUT"); text := sprintf("key %s", [k])`, []string{"password", "token", "private"}},
	}
}

// groups are the API groups of the kinds.
func (c check) group() string { return map[string]string{"Deployment": "apps"}[c.kind] }

// rule is the body with its head. Messages name the rule and the object: conftest's results do not.
func (c check) rule(head, object, only string) string {
	body := strings.ReplaceAll(strings.ReplaceAll(c.body, "o.", object+"."), "; ", "\n\t")
	return fmt.Sprintf("%s if {\n%s\t%s\n\tmsg := sprintf(\"%s: %%s %%s: %%s\", [%s.kind, %[5]s.metadata.name, text])\n}\n", head, only, body, c.id, object)
}

// spoil breaks every rule in some Deployment, and the first five in twenty.
func spoil(i int, text string) string {
	for n, change := range [][2]string{
		{"app-%[1]d:1.0.%[1]d", "app-%[1]d:latest"},
		{"              memory: %[2]dMi\n          securityContext", "          securityContext"},
		{"privileged: false", "privileged: true"},
		{"registry.example.com/", "docker.io/"},
		{"    spec:\n      containers", "    spec:\n      hostNetwork: true\n      containers"},
		{"app-%[1]d:1.0.%[1]d", "app-%[1]d:nightly"},
		{"name: SETTING_1", "name: PASSWORD"},
		{"                - ALL\n", "                - ALL\n              add:\n                - NET_ADMIN\n"},
		{"    app.kubernetes.io/part-of: shop\n", ""},
		{"            runAsNonRoot: true\n", ""},
		{"containerPort: 8000", "containerPort: 22"},
		{"          emptyDir: {}", "          hostPath:\n            path: /tmp"},
	} {
		if i%200 == n*16+3 {
			old := strings.NewReplacer("%[1]d", fmt.Sprint(i), "%[2]d", fmt.Sprint(64+i%1000)).Replace(change[0])
			return strings.ReplaceAll(text, old, strings.ReplaceAll(change[1], "%[1]d", fmt.Sprint(i)))
		}
	}
	return text
}

// forConftest writes rules as conftest has them: all of them deny, in its usual package.
func forConftest(tb testing.TB, all []check) string {
	tb.Helper()
	dir := tb.TempDir()
	for _, c := range all {
		put(tb, dir, c.id+".rego", "package main\n\n"+c.rule("deny contains msg", "input", "\tinput.kind == \""+c.kind+"\"\n"))
	}
	return dir
}

// forGatekeeper writes a ConstraintTemplate and a Constraint for every rule.
func forGatekeeper(tb testing.TB, all []check) string {
	tb.Helper()
	dir := tb.TempDir()
	for _, c := range all {
		name := strings.ReplaceAll(c.id, "-", "")
		rego := "package " + name + "\n\n" + c.rule(`violation contains {"msg": msg}`, "input.review.object", "")
		put(tb, dir, c.id+".yaml", encoded(tb, map[string]any{
			"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": map[string]any{"name": name},
			"spec": map[string]any{
				"crd": map[string]any{"spec": map[string]any{"names": map[string]any{"kind": name}}},
				"targets": []any{map[string]any{
					"target": "admission.k8s.gatekeeper.sh",
					"code":   []any{map[string]any{"engine": "Rego", "source": map[string]any{"version": "v1", "rego": rego}}},
				}},
			},
		})+"---\n"+encoded(tb, map[string]any{
			"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": name, "metadata": map[string]any{"name": c.id},
			"spec": map[string]any{"match": map[string]any{"kinds": []any{map[string]any{"apiGroups": []any{c.group()}, "kinds": []any{c.kind}}}}},
		}))
	}
	return dir
}

// forUs writes rules as our policies are.
func forUs(tb testing.TB, all []check) string {
	tb.Helper()
	dir := tb.TempDir()
	for _, c := range all {
		put(tb, dir, c.id+"/policy.rego", fmt.Sprintf(`# METADATA
# scope: package
# title: The rule %[1]s
# custom:
#   kinds:
#     - {apiGroups: ["%[2]s"], kinds: [%[3]s]}
package %[4]s

`, c.id, c.group(), c.kind, strings.ReplaceAll(c.id, "-", "_"))+c.rule(`violation contains {"msg": msg}`, "input.review.object", ""))
	}
	return dir
}
