package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// overrideFlags name policies that one run does not obey.
type overrideFlags struct {
	policies []string
	reasons  []string
}

func (f *overrideFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.policies, "override", nil, "let violations pass in this run, `policy=ID`; repeatable, needs --reason")
	flags.StringArrayVar(&f.reasons, "reason", nil, "why, `TEXT` that the inventory keeps: one for all, or one for each --override")
}

// parse turns the flags into what they mean.
func (f *overrideFlags) parse() ([]inventory.Override, error) {
	switch {
	case len(f.policies) == 0 && len(f.reasons) > 0:
		return nil, usagef("--reason goes with --override")
	case len(f.policies) > 0 && len(f.reasons) == 0:
		return nil, usagef("--override needs a --reason")
	case len(f.reasons) > 1 && len(f.reasons) != len(f.policies):
		return nil, usagef("--reason: give one for all, or one for each --override")
	}
	var list []inventory.Override
	for i, text := range f.policies {
		what, id, _ := strings.Cut(text, "=")
		if what != "policy" || id == "" {
			return nil, usagef("--override: want policy=ID, not %q", text)
		}
		if slices.ContainsFunc(list, func(o inventory.Override) bool { return o.Policy == id }) {
			return nil, usagef("--override: policy=%s is there twice", id)
		}
		list = append(list, inventory.Override{Policy: id, Reason: strings.TrimSpace(f.reasons[min(i, len(f.reasons)-1)])})
	}
	return list, nil
}

// unknown refuses an override of a policy that does not exist.
func (b *built) unknown(overrides []inventory.Override) error {
	if b.policies == nil {
		return nil // there are findings that say why
	}
	ids := ruleIDs(b.policies)
	for _, o := range overrides {
		if slices.Contains(ids, o.Policy) {
			continue
		}
		hint := diag.DidYouMean(o.Policy, ids)
		if hint != "" {
			hint = " (" + hint + ")"
		}
		return usagef("--override: there is no policy %q%s", o.Policy, hint)
	}
	return nil
}

// overriddenObjects is how many of the objects that violate a policy are recorded by name.
const overriddenObjects = 20

// override makes warnings of the errors that the run is not to stop at, and notes how many there are.
func (b *built) override(overrides []inventory.Override, findings diag.Findings) diag.Findings {
	b.overrides = slices.Clone(overrides)
	for i, f := range findings {
		id := f.Rule
		if of, ok := policy.ExpiredFor(f); ok {
			id = of
		}
		n := slices.IndexFunc(b.overrides, func(o inventory.Override) bool { return o.Policy == id })
		if n < 0 || f.Severity != diag.Error {
			continue
		}
		o := &b.overrides[n]
		o.Violations++
		if f.Object != "" && len(o.Objects) < overriddenObjects && !slices.Contains(o.Objects, f.Object) {
			o.Objects = append(o.Objects, f.Object)
		}
		findings[i].Severity = diag.Warning
		findings[i] = findings[i].WithNote(diag.Position{}, "overridden: %s", o.Reason)
	}
	for _, o := range b.overrides {
		if o.Violations == 0 {
			findings = append(findings, diag.Warningf("unused-override", diag.Position{}, "nothing in this run violates policy %s, so that --override does nothing", o.Policy))
		}
	}
	b.overrides = slices.DeleteFunc(b.overrides, func(o inventory.Override) bool { return o.Violations == 0 })
	return findings
}

// lapse sets aside what is wrong because an exemption has expired: the plan knows which objects change.
func (b *built) lapse(findings diag.Findings) diag.Findings {
	return slices.DeleteFunc(findings, func(f diag.Finding) bool {
		_, expired := policy.ExpiredFor(f)
		if expired && f.Severity == diag.Error {
			b.lapsed = append(b.lapsed, f)
			return true
		}
		return false
	})
}

// printOverrides shows the policies that a run does not obey.
func printOverrides(w io.Writer, before string, overrides []inventory.Override) error {
	for _, o := range overrides {
		if _, err := fmt.Fprintf(w, "%s policy %s overridden for %s: %s\n", before, o.Policy, count(o.Violations, "violation"), diag.Printable(o.Reason)); err != nil {
			return err
		}
	}
	return nil
}
