package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/revision"
)

// against is diff --against: the manifests of a revision and those of the working tree, from git alone. Secrets are
// placeholders on both sides, and so is what charts make at random: what differs is what the revision and the tree differ in.
func (a *app) against(ctx context.Context, input renderFlags, rev string) error {
	if err := a.oneOf("text", "markdown", "json"); err != nil {
		return err
	}
	only, err := input.selection()
	if err != nil {
		return err
	}
	input.secrets = "placeholder"
	head, err := a.open(input)
	if err != nil {
		return err
	}
	base, tree, err := a.openBase(input, rev)
	if err != nil {
		return err
	}
	a.source = sources(head, base, rev)
	pairs, findings := a.pairs(head, base)
	if findings.Failed() {
		return findings
	}
	c := comparison{head: head, base: base, only: only, rev: rev, Rev: rev, Commit: tree.Commit}
	findings, err = c.run(ctx, pairs)
	if err != nil {
		return err
	}
	if err := a.finish(slices.Concat(head.findings, base.findings, findings)); err != nil {
		return err
	}
	if err := a.printComparison(c); err != nil {
		return err
	}
	if len(c.Changes) > 0 || len(c.SecretFiles) > 0 {
		return exitCode(exitFailed)
	}
	return nil
}

// openBase opens the values repo as it was at a revision. One that was not there yet has no clusters.
func (a *app) openBase(input renderFlags, rev string) (*workspace, *revision.Tree, error) {
	history, err := revision.Open(a.dir)
	if err != nil {
		return nil, nil, err
	}
	tree, err := history.Tree(rev)
	if err != nil {
		return nil, nil, err
	}
	none := &workspace{repo: &repo.Repo{}}
	if _, err := tree.Stat(path.Join(history.Folder, repo.FileName)); errors.Is(err, fs.ErrNotExist) {
		none.findings = diag.Findings{diag.Infof("no-values-repo", diag.Position{}, "%s has no %s here, so everything is new", rev, repo.FileName)}
		return none, tree, nil
	}
	fsys, err := tree.Folder(history.Folder)
	if err != nil {
		return nil, nil, err
	}
	dir := func(p string) (fs.FS, error) {
		if p = path.Join(history.Folder, p); !fs.ValidPath(p) {
			return nil, fmt.Errorf("it is outside of the git repository, so what it was at %s is not known", rev)
		}
		return tree.Folder(p)
	}
	w, err := a.openFS(input, fsys, dir)
	if w == nil || w.repo == nil {
		return nil, nil, atError(err, rev)
	}
	w.findings = slices.DeleteFunc(atLeast(diag.Error, w.findings), func(f diag.Finding) bool { return f.Rule == "requires" })
	if w.findings.Failed() {
		return nil, nil, at(rev, w.findings)
	}
	w.findings = w.unpin(rev)
	return w, tree, nil
}

// unpin lets the plugin's core stand for whichever one the repo asks for, and says so.
func (w *workspace) unpin(rev string) diag.Findings {
	var findings diag.Findings
	cores := [][]repo.CoreSource{w.repo.Core}
	for _, c := range w.repo.Clusters {
		cores = append(cores, c.Core)
	}
	carried, _ := w.opener.Open([]repo.CoreSource{{Source: core.Embedded}}, "")
	for _, stack := range cores {
		for i, s := range stack {
			if s.Source != core.Embedded || s.Version == "" {
				continue
			}
			if have := carried.Version(); strings.TrimPrefix(s.Version, "v") != strings.TrimPrefix(have, "v") && len(findings) == 0 {
				findings = append(findings, diag.Infof("core-version", diag.Position{File: rev + ":" + s.At.File, Line: s.At.Line, Col: s.At.Col},
					"%s asks for version %s of the embedded core; both sides are rendered with %s, which this plugin carries", rev, s.Version, have).
					WithHint("what the other version of the core changes is not shown"))
			}
			stack[i].Version = ""
		}
	}
	return findings
}

// atLeast leaves out the findings of less weight.
func atLeast(s diag.Severity, findings diag.Findings) diag.Findings {
	return slices.DeleteFunc(findings, func(f diag.Finding) bool { return f.Severity < s })
}

// at says in findings that their files are those of a revision, as git writes it.
func at(rev string, findings diag.Findings) diag.Findings {
	prefix := func(p *diag.Position) {
		if p.File != "" {
			p.File = rev + ":" + p.File
		}
	}
	out := slices.Clone(findings)
	for i := range out {
		prefix(&out[i].At)
		out[i].Notes = slices.Clone(out[i].Notes)
		for j := range out[i].Notes {
			prefix(&out[i].Notes[j].At)
		}
	}
	return out
}

func atError(err error, rev string) error {
	var findings diag.Findings
	if errors.As(err, &findings) {
		return at(rev, findings)
	}
	return err
}

// sources shows excerpts of both sides.
func sources(head, base *workspace, rev string) func(string) []byte {
	return func(name string) []byte {
		inside, old := strings.CutPrefix(name, rev+":")
		if !old {
			return head.source(name)
		}
		if base.fs == nil || !fs.ValidPath(inside) && !strings.HasPrefix(inside, core.Embedded+":") {
			return nil
		}
		return base.source(inside)
	}
}

// pair is a cluster on both sides; nil where it is not declared.
type pair struct {
	name       string
	base, head *repo.Cluster
}

// pairs are the clusters meant: those that --cluster names on either side, else all, in the order of otomi.yaml and then those
// that are gone.
func (a *app) pairs(head, base *workspace) ([]pair, diag.Findings) {
	choice := repo.Choice{Names: a.clusters, All: a.all || len(a.clusters) == 0}
	now, unknown := head.repo.Choose(choice)
	before, unknownBefore := base.repo.Choose(choice)
	if len(unknown) > 0 && len(unknownBefore) > 0 {
		return nil, unknown
	}
	var pairs []pair
	for _, c := range now {
		pairs = append(pairs, pair{name: c.Name, head: c})
	}
	for _, c := range before {
		i := slices.IndexFunc(pairs, func(p pair) bool { return p.name == c.Name })
		if i < 0 {
			i, pairs = len(pairs), append(pairs, pair{name: c.Name})
		}
		pairs[i].base = c
	}
	return pairs, nil
}

// run renders both sides of every cluster, several at the same time, and compares them.
func (c *comparison) run(ctx context.Context, pairs []pair) (diag.Findings, error) {
	type sides struct{ base, head *built }
	results := make([]sides, len(pairs))
	changes := make([][]objectChange, len(pairs))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range pairs {
		g.Go(func() (err error) {
			s := sides{&built{}, &built{}}
			if p.base != nil {
				s.base = c.base.until(ctx, p.base, atObjects, time.Time{})
			}
			if p.head != nil {
				s.head = c.head.until(ctx, p.head, atObjects, time.Time{})
			}
			changes[i], err = compare(c.only.objects(s.base), c.only.objects(s.head))
			s.base.objects, s.head.objects = nil, nil
			results[i] = s
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	shared := sharing{several: len(pairs) > 1, at: map[string]int{}}
	var releases []render.Release
	for i, p := range pairs {
		shared.add(p.name, atLeast(diag.Warning, results[i].head.findings))
		shared.add(p.name, at(c.rev, atLeast(diag.Error, results[i].base.findings)))
		releases = slices.Concat(releases, results[i].head.releases, results[i].base.releases)
		c.add(p, changes[i])
		c.addSecrets(p.name, results[i].base, results[i].head)
	}
	c.sort()
	if shared.findings.Failed() {
		return shared.findings, nil
	}
	return shared.findings, c.only.check(releases)
}
