package policy

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Presets choose the policies that are on, each those of the ones before it too. A policy's METADATA names the lowest
// that has it.
const (
	Privileged = "privileged" // of our own policies none but those that settings name
	Baseline   = "baseline"   // what stops known ways to harm a cluster; policies that name no preset
	Restricted = "restricted" // what is good practice
	None       = "none"       // only a policy's: no preset has it, so that it is on where settings name it
)

// Action is what a violation leads to, as on a constraint of Gatekeeper.
type Action string

// The actions. No action leaves it to the policy's METADATA.
const (
	Deny   Action = "deny"   // an error
	Warn   Action = "warn"   // a warning
	Dryrun Action = "dryrun" // an info finding
)

// Settings say which policies are on, and how. The zero value is the preset baseline with its policies as they come.
type Settings struct {
	Preset   string
	Policies map[string]Setting // by id
	Timeout  time.Duration      // that one policy may take for one object; zero: 10 seconds
	Data     map[string]any     // what rules written for conftest see in data
}

// Setting is what settings say about one policy.
type Setting struct {
	Named              bool // somebody wrote it, which turns the policy on whatever the preset
	Off                bool // enabled: false, which turns it off whatever the preset
	Action             Action
	Parameters         map[string]any // over the defaults of the policy's schema
	ExcludedNamespaces []string       // names, with * at the beginning, at the end or both
	Exempt             []Exemption
}

// Exemption lets objects violate a policy. Exactly one of Object, Release and Namespace is set.
type Exemption struct {
	Object    string // KIND/[NS/]NAME
	Release   string
	Namespace string
	Reason    string
	Until     string // the last day, as 2006-01-02; "": for good
	At        diag.Position
	Path      string // in the values
}

// NewSettings are settings without a values tree: a preset, "" for baseline, and parameters by policy. At is the place
// that findings name.
func NewSettings(s *Set, preset string, parameters map[string]any, at diag.Position) (Settings, diag.Findings) {
	settings := Settings{Preset: preset}
	var findings diag.Findings
	if f := checkPreset(preset, at); f != nil {
		findings = append(findings, *f)
	}
	settings, more := settings.WithParameters(s, parameters, at)
	return settings, append(findings, more...)
}

// WithParameters returns the settings with parameters by policy set over those they have.
func (s Settings) WithParameters(set *Set, parameters map[string]any, at diag.Position) (Settings, diag.Findings) {
	var findings diag.Findings
	s.Policies = maps.Clone(s.Policies)
	if s.Policies == nil {
		s.Policies = map[string]Setting{}
	}
	for _, id := range slices.Sorted(maps.Keys(parameters)) {
		if f := checkID(set, id, at); f != nil {
			findings = append(findings, *f)
			continue
		}
		given, ok := parameters[id].(map[string]any)
		if !ok {
			findings = append(findings, diag.Errorf("policy-settings", at, "want a map of parameters").WithPath(source.Path([]string{"parameters", id})))
			continue
		}
		setting := s.Policies[id]
		setting.Named = true
		setting.Parameters = overlay(setting.Parameters, given)
		s.Policies[id] = setting
		if set == nil {
			continue
		}
		p := set.find(id)
		for _, m := range p.parameters.check(p.parameters.fill(setting.Parameters)) {
			findings = append(findings, diag.Errorf("policy-parameters", at, "%s", m.message).
				WithPath(source.Path(append([]string{"parameters", id}, m.path...))).WithHint("%s", m.hint))
		}
	}
	return s, findings
}

// overlay sets the upper's values over the lower's, map by map.
func overlay(lower, upper map[string]any) map[string]any {
	out := maps.Clone(lower)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range upper {
		below, isMap := out[k].(map[string]any)
		if above, ok := v.(map[string]any); ok && isMap {
			out[k] = overlay(below, above)
			continue
		}
		out[k] = v
	}
	return out
}

// on reports whether the policy is to be checked.
func (s Settings) on(p Policy) bool {
	switch setting := s.Policies[p.ID]; {
	case setting.Off:
		return false
	case setting.Named:
		return true
	case p.Preset == None:
		return false
	default:
		return level(p.Preset) <= level(s.Preset)
	}
}

// level orders the presets; a missing one is baseline.
func level(preset string) int {
	return slices.Index(Presets(), cmp.Or(preset, Baseline))
}

// Presets are the names that a preset may have, the one that turns on the fewest policies first.
func Presets() []string { return []string{Privileged, Baseline, Restricted} }

func checkPreset(preset string, at diag.Position) *diag.Finding {
	if preset == "" || slices.Contains(Presets(), preset) {
		return nil
	}
	f := diag.Errorf("policy-settings", at, "there is no preset of this name; they are privileged, baseline and restricted").
		WithHint("%s", diag.DidYouMean(preset, Presets()))
	return &f
}

// checkID finds ids that no policy has. Without a set there is nothing to say.
func checkID(set *Set, id string, at diag.Position) *diag.Finding {
	if set == nil || set.find(id) != nil {
		return nil
	}
	f := diag.Errorf("unknown-policy", at, "there is no policy %q", id).WithHint("%s", diag.DidYouMean(id, set.IDs()))
	return &f
}

// severity is the weight of the policy's violations.
func (s Setting) severity(p Policy) diag.Severity {
	switch s.Action {
	case Deny:
		return diag.Error
	case Warn:
		return diag.Warning
	case Dryrun:
		return diag.Info
	default:
		return p.Severity
	}
}
