package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// ParseSettings reads policyPreset and policies.<id> of the merged values. Every mistake is a finding at the line that
// set the value. A nil tree gives the zero Settings.
func ParseSettings(s *Set, tree *values.Tree) (Settings, diag.Findings) {
	settings := Settings{Policies: map[string]Setting{}}
	if tree == nil || tree.Root == nil {
		return settings, nil
	}
	r := reader{set: s, tree: tree}
	if n := tree.At("policyPreset"); r.kind(n, source.String, "policyPreset") {
		settings.Preset = n.Text
		if f := checkPreset(n.Text, n.At()); f != nil {
			r.fail(f.WithPath("policyPreset"))
		}
	}
	if n := tree.At("policies"); r.kind(n, source.Map, "policies") {
		for i, key := range n.Keys {
			if f := checkID(s, key.Name, key.At()); f != nil {
				r.fail(f.WithPath(source.Path([]string{"policies", key.Name})))
				continue
			}
			settings.Policies[key.Name] = r.setting(key, n.Items[i])
		}
	}
	return settings, r.findings
}

type reader struct {
	set      *Set
	tree     *values.Tree
	findings diag.Findings
}

func (r *reader) fail(f diag.Finding) { r.findings = append(r.findings, f) }

func (r *reader) wrong(n *source.Node, path []string, format string, args ...any) {
	r.fail(diag.Errorf("policy-settings", n.At(), format, args...).WithPath(source.Path(path)))
}

// kind reports whether the value is there and of the kind; another kind is a finding.
func (r *reader) kind(n *source.Node, want source.Kind, path ...string) bool {
	if n == nil || n.Kind == source.Null {
		return false
	}
	if n.Kind != want {
		r.wrong(n, path, "want %s, have %s", want, n.Kind)
	}
	return n.Kind == want
}

// fields reports keys of the map that are none of the names.
func (r *reader) fields(n *source.Node, path []string, names ...string) {
	for _, key := range n.Keys {
		if !slices.Contains(names, key.Name) {
			r.fail(diag.Errorf("policy-settings", key.At(), "there is no field %q here", key.Name).
				WithPath(source.Path(append(slices.Clone(path), key.Name))).WithHint("%s", diag.DidYouMean(key.Name, names)))
		}
	}
}

// text is a field's string; "" where it is missing or something else.
func (r *reader) text(n *source.Node, path []string, field string) string {
	if v := n.Get(field); r.kind(v, source.String, append(slices.Clone(path), field)...) {
		return v.Text
	}
	return ""
}

func (r *reader) setting(key source.Key, n *source.Node) Setting {
	path := []string{"policies", key.Name}
	setting := Setting{Named: r.written(key)}
	if !r.kind(n, source.Map, path...) {
		return setting
	}
	r.fields(n, path, "enabled", "action", "parameters", "excludedNamespaces", "exempt")
	if e := n.Get("enabled"); r.kind(e, source.Bool, append(slices.Clone(path), "enabled")...) {
		setting.Off = e.Text == "false"
	}
	setting.Action = r.action(n, path)
	if p := n.Get("parameters"); r.kind(p, source.Map, append(slices.Clone(path), "parameters")...) {
		setting.Parameters = r.parameters(key.Name, p)
	}
	setting.ExcludedNamespaces = r.namespaces(n.Get("excludedNamespaces"), append(slices.Clone(path), "excludedNamespaces"))
	setting.Exempt = r.exemptions(n.Get("exempt"), append(slices.Clone(path), "exempt"))
	return setting
}

// written reports whether a layer has the key, and not only a default of the schema.
func (r *reader) written(key source.Key) bool {
	return slices.ContainsFunc(r.tree.Layers, func(l values.Layer) bool { return l.File != nil && l.File == key.File })
}

func (r *reader) action(n *source.Node, path []string) Action {
	text := r.text(n, path, "action")
	actions := []string{string(Deny), string(Warn), string(Dryrun)}
	if text != "" && !slices.Contains(actions, text) {
		r.fail(diag.Errorf("policy-settings", n.Get("action").At(), "the action is deny, warn or dryrun").
			WithPath(source.Path(append(slices.Clone(path), "action"))).WithHint("%s", diag.DidYouMean(text, actions)))
		return ""
	}
	return Action(text)
}

// parameters checks them against the policy's schema. Messages about secret values do not quote them.
func (r *reader) parameters(id string, n *source.Node) map[string]any {
	parameters, _ := n.Value().(map[string]any)
	if r.set == nil {
		return parameters
	}
	p := r.set.find(id)
	for _, m := range p.parameters.check(p.parameters.fill(parameters)) {
		path := append([]string{"policies", id, "parameters"}, m.path...)
		text := m.message
		if !m.key && r.tree.Secret(path...) {
			text = "the secret value does not fit the policy's schema"
		}
		r.fail(diag.Errorf("policy-parameters", place(n, m), "%s", text).WithPath(source.Path(path)).WithHint("%s", m.hint))
	}
	return parameters
}

// place is where a mistake in parameters stands: the key that should not be, or the value.
func place(n *source.Node, m mistake) diag.Position {
	at := n
	for i, part := range m.path {
		if k, ok := at.Find(part); ok && m.key && i == len(m.path)-1 {
			return at.Keys[k].At()
		}
		next := at.Lookup(part)
		if next == nil {
			break
		}
		at = next
	}
	return at.At()
}

func (r *reader) namespaces(n *source.Node, path []string) []string {
	if !r.kind(n, source.List, path...) {
		return nil
	}
	var globs []string
	for i, item := range n.Items {
		where := append(slices.Clone(path), strconv.Itoa(i))
		if item.Kind != source.String {
			r.wrong(item, where, "want string, have %s", item.Kind)
			continue
		}
		if core := strings.TrimSuffix(strings.TrimPrefix(item.Text, "*"), "*"); core == "" || strings.Contains(core, "*") {
			r.wrong(item, where, "a namespace is a name, with * at its beginning, its end or both")
			continue
		}
		globs = append(globs, item.Text)
	}
	return globs
}

func (r *reader) exemptions(n *source.Node, path []string) []Exemption {
	if !r.kind(n, source.List, path...) {
		return nil
	}
	var list []Exemption
	for i, item := range n.Items {
		where := append(slices.Clone(path), strconv.Itoa(i))
		if item.Kind != source.Map {
			r.wrong(item, where, "want map, have %s", item.Kind)
			continue
		}
		if e, ok := r.exemption(item, where); ok {
			list = append(list, e)
		}
	}
	return list
}

func (r *reader) exemption(n *source.Node, path []string) (Exemption, bool) {
	before := len(r.findings)
	r.fields(n, path, "object", "release", "namespace", "reason", "until")
	e := Exemption{
		Object: r.text(n, path, "object"), Release: r.text(n, path, "release"), Namespace: r.text(n, path, "namespace"),
		Reason: strings.TrimSpace(r.text(n, path, "reason")), Until: r.text(n, path, "until"),
		At: n.At(), Path: source.Path(path),
	}
	if len(r.findings) > before {
		return e, false
	}
	for _, problem := range e.problems() {
		r.wrong(n, path, "%s", problem)
	}
	return e, len(r.findings) == before
}

// problems are what is wrong with the fields taken together.
func (x Exemption) problems() []string {
	var problems []string
	targets := slices.DeleteFunc([]string{x.Object, x.Release, x.Namespace}, func(s string) bool { return s == "" })
	if len(targets) != 1 {
		problems = append(problems, "an exemption names an object, a release or a namespace, one of them")
	}
	if strings.Contains(x.Object+x.Release+x.Namespace, "*") {
		problems = append(problems, "an exemption names one thing, without *; excludedNamespaces takes patterns")
	}
	if parts := strings.Split(x.Object, "/"); x.Object != "" && (len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "")) {
		problems = append(problems, "object is KIND/NAMESPACE/NAME, or KIND/NAME for one without a namespace")
	}
	if x.Reason == "" {
		problems = append(problems, "an exemption has a reason")
	}
	if _, err := time.Parse(time.DateOnly, x.Until); x.Until != "" && err != nil {
		problems = append(problems, fmt.Sprintf("until is a day, as %s", time.DateOnly))
	}
	return problems
}
