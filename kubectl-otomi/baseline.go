package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// usualBaseline is the file that is written where nobody names one.
const usualBaseline = "baseline.yaml"

// baselineFlags say which findings are known.
type baselineFlags struct {
	file  string
	write bool
}

func (f *baselineFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "baseline", "", "let findings pass that `FILE` lists (default: policyBaseline of the values)")
	flags.BoolVar(&f.write, "write-baseline", false, "write down all that the checks of objects find, to let it pass from now on")
}

// check refuses to write down a part of what there is: the rest would be taken for fixed.
func (f *baselineFlags) check(flags *pflag.FlagSet) error {
	if !f.write {
		return nil
	}
	for _, name := range []string{"only", "release", "selector", "runlevel"} {
		if flags.Changed(name) {
			return usagef("--write-baseline writes down what all checks find in all objects; it does not go with --%s", name)
		}
	}
	return nil
}

// name is the baseline's, relative to a folder.
func (f *baselineFlags) name(dir string) string {
	full, err := filepath.Abs(f.file)
	if err == nil {
		if dir, err = filepath.Abs(dir); err == nil {
			full, err = filepath.Rel(dir, full)
		}
	}
	if err != nil {
		full = f.file
	}
	return filepath.ToSlash(full)
}

// openBaseline finds out what is known of a cluster, before anything is found. It says whether the line goes on: without the
// file, what is new would drown in what is known.
func (w *workspace) openBaseline(b *built) bool {
	n := b.tree.At("policyBaseline")
	switch named := n != nil && n.Kind == source.String && n.Text != ""; {
	case w.baseline.file != "":
		b.baselineFile = w.baseline.name(w.dir)
	case named && !fs.ValidPath(n.Text):
		return !b.failed(diag.Findings{diag.Errorf("read-baseline", n.At(), "the baseline is a path below the folder of otomi.yaml").WithPath("policyBaseline")})
	case named:
		b.baselineFile = n.Text
	case w.baseline.write:
		b.baselineFile = usualBaseline
	default:
		return true
	}
	if w.baseline.write {
		b.baseline, b.recording = &baseline.File{}, true
		return true
	}
	var findings diag.Findings
	b.baseline, findings = readBaseline(w.dir, b.baselineFile)
	if n != nil && w.baseline.file == "" {
		for i, f := range findings {
			if f.Rule == "read-baseline" {
				findings[i].At, findings[i].Path = n.At(), "policyBaseline"
			}
		}
	}
	return !b.failed(findings)
}

// readBaseline reads a file named relative to a folder.
func readBaseline(dir, name string) (*baseline.File, diag.Findings) {
	full := filepath.FromSlash(name)
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, full)
	}
	info, err := os.Stat(full)
	if err == nil {
		err = ordinary(info)
	}
	var text []byte
	if err == nil {
		text, err = readLimited(full)
	}
	if err != nil {
		f := diag.Errorf("read-baseline", diag.Position{File: name}, "read baseline %s: %v", name, cause(err))
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "write it with: kubectl otomi validate --write-baseline"
		}
		return nil, diag.Findings{f}
	}
	return baseline.Parse(name, text)
}

// sort sets aside what is known of the findings of one kind of checks. Of a cluster that is worked on, what is fixed and still
// listed is no reason to stop.
func (b *built) sort(check baseline.Check, findings diag.Findings, rules []string) diag.Findings {
	if b.baseline == nil {
		return findings
	}
	r := baseline.Run{
		Check: check, Cluster: b.cluster.Name, Findings: findings, Rules: rules, Objects: b.objects,
		Secrets: redact.New(b.tree.Secrets()), Withheld: values.Placeholder, Unsure: b.unsure(findings),
	}
	if b.recording {
		b.baseline.Record(r)
	}
	others, known := b.baseline.Sort(r)
	b.listed = append(b.listed, known...)
	if b.live == nil {
		return others
	}
	for i, f := range others {
		if f.Rule == baseline.Fixed {
			others[i].Severity = diag.Warning
		}
	}
	return others
}

// unsure reports what checks may have missed: all, where a policy gave no verdict, and what they could find only if they saw
// secrets.
func (b *built) unsure(findings diag.Findings) func(baseline.Key) bool {
	failed, withheld := incomplete(findings), b.withheld()
	return func(k baseline.Key) bool {
		return failed || withheld && slices.ContainsFunc(b.objects, func(o object.Object) bool {
			if o.ID().String() != k.Object {
				return false
			}
			text, err := json.Marshal(o.Object)
			return err != nil || strings.Contains(string(text), values.Placeholder)
		})
	}
}

// incomplete reports findings of policies that have not judged everything.
func incomplete(findings diag.Findings) bool {
	return slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Rule == "policy-error" })
}

// ruleIDs are the rules whose findings are violations of policies.
func ruleIDs(set *policy.Set) []string {
	ids := []string{}
	for _, p := range set.Policies() {
		ids = append(ids, p.ID)
	}
	return ids
}

// writeBaselines writes what was found in clusters into their files. What these list of other clusters stays.
func (a *app) writeBaselines(w *workspace, clusters []*built) error {
	files := map[string]*baseline.File{}
	for _, b := range clusters {
		if files[b.baselineFile] == nil {
			f, findings := readBaseline(w.dir, b.baselineFile)
			if len(findings) > 0 && findings[0].Rule == "read-baseline" && strings.HasPrefix(findings[0].Hint, "write it") {
				f, findings = &baseline.File{}, nil
			}
			if findings.Failed() {
				return findings
			}
			files[b.baselineFile] = f
		}
		files[b.baselineFile].Replace(b.cluster.Name, b.baseline)
	}
	for name, f := range files {
		if err := a.writeBaseline(filepath.Join(w.dir, filepath.FromSlash(name)), name, f); err != nil {
			return err
		}
	}
	if b := clusters[0]; w.baseline.file == "" && b.tree.At("policyBaseline") == nil {
		fmt.Fprintf(a.ErrOut, "set policyBaseline: %s in env/, for checks to read it\n", usualBaseline)
	}
	return nil
}

// writeBaseline writes the file under another name first, so that none is ever half written.
func (a *app) writeBaseline(full, name string, f *baseline.File) error {
	text, err := f.Encode()
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(full), ".baseline-*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, cause(err))
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // it has taken the file's place, or something is wrong already
	_, err = draft.Write(text)
	if err = errors.Join(err, draft.Chmod(0o644), draft.Close()); err == nil {
		err = os.Rename(draft.Name(), full)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, cause(err))
	}
	fmt.Fprintf(a.ErrOut, "%s lists %s\n", name, count(f.Len(), "known finding"))
	return nil
}
