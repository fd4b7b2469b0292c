package export

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// synced is a kind whose objects Gatekeeper keeps for policies to read.
type synced struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

// config is Gatekeeper's Config: what policies read of data.inventory, and the namespaces that all of them leave out, so that
// Gatekeeper is not asked about these at all.
func config(exporters []*exporter, namespace string) (object.Object, diag.Findings) {
	if namespace == "" {
		namespace = Namespace
	}
	var sync []any
	var findings diag.Findings
	seen := map[synced]bool{}
	var active []policy.Active
	for _, e := range exporters {
		p := e.policy
		active = append(active, p)
		for _, s := range e.reads() {
			if s.Kind == "" || s.Version == "" {
				findings = append(findings, diag.Errorf(rule, p.At, "policy %s cannot be put on a cluster: it reads data.inventory without saying which kind, so Gatekeeper would not have it", p.ID).
					WithHint(`write version and kind out, data.inventory.namespace[ns]["apps/v1"].Deployment[name], or name them in METADATA: inventory: [{group: apps, version: v1, kind: Deployment}]`))
				continue
			}
			if !seen[s] {
				seen[s] = true
				sync = append(sync, map[string]any{"group": s.Group, "version": s.Version, "kind": s.Kind})
			}
		}
	}
	spec := map[string]any{}
	if len(sync) > 0 {
		spec["sync"] = map[string]any{"syncOnly": sync}
	}
	if excluded := common(active); len(excluded) > 0 {
		spec["match"] = []any{map[string]any{"processes": []any{"audit", "webhook"}, "excludedNamespaces": excluded}}
	}
	c := identity(configGroup+"/v1alpha1", "Config", map[string]any{"name": "config", "namespace": namespace})
	c["spec"] = spec
	var at diag.Position
	if len(active) > 0 {
		at = active[0].At
	}
	return newObject(c, at), findings
}

// common are the namespaces that every policy excludes.
func common(active []policy.Active) []string {
	if len(active) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(active[0].ExcludedNamespaces), func(ns string) bool {
		return slices.ContainsFunc(active, func(p policy.Active) bool { return !slices.Contains(p.ExcludedNamespaces, ns) })
	})
}

// reads are the kinds that the policy reads of data.inventory: those that its METADATA name, else those that its references
// do. One that a reference leaves open has empty fields.
func (e *exporter) reads() []synced {
	if list, ok := e.declared(); ok {
		return list
	}
	var list []synced
	for _, m := range slices.Concat(e.policy.Modules, e.used()) {
		ast.WalkRefs(m, func(ref ast.Ref) bool {
			if s, ok := read(ref); ok && !slices.Contains(list, s) {
				list = append(list, s)
			}
			return false
		})
	}
	return list
}

// declared is custom.inventory of the METADATA.
func (e *exporter) declared() ([]synced, bool) {
	for _, m := range e.policy.Modules {
		for _, a := range m.Annotations {
			field, says := a.Custom["inventory"]
			if a.Scope != "package" || !says {
				continue
			}
			var list []synced
			text, err := json.Marshal(field)
			if err == nil {
				err = json.Unmarshal(text, &list)
			}
			if err != nil || slices.ContainsFunc(list, func(s synced) bool { return s.Version == "" || s.Kind == "" }) {
				e.fail("custom.inventory is a list of {group, version, kind}")
			}
			return list, true
		}
	}
	return nil, false
}

// read is the kind that data.inventory.cluster[groupVersion][kind] or .namespace[ns][groupVersion][kind] names.
func read(ref ast.Ref) (synced, bool) {
	if len(ref) < 2 || !ref[0].Equal(ast.DefaultRootDocument) || !ref[1].Equal(ast.StringTerm("inventory")) {
		return synced{}, false
	}
	at := 3
	if len(ref) > 2 && ref[2].Equal(ast.StringTerm("namespace")) {
		at = 4
	}
	if len(ref) < at+2 {
		return synced{}, true
	}
	apiVersion, ok := ref[at].Value.(ast.String)
	kind, named := ref[at+1].Value.(ast.String)
	if !ok || !named {
		return synced{}, true
	}
	group, version, grouped := strings.Cut(string(apiVersion), "/")
	if !grouped {
		group, version = "", string(apiVersion)
	}
	return synced{group, version, string(kind)}, true
}
