package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

func (a *app) explainCmd() *cobra.Command {
	var input renderFlags
	cmd := &cobra.Command{
		Use:   "explain PATH... | KIND/[NAMESPACE/]NAME [FIELD...]",
		Short: "Show where a value or an object's field comes from",
		Long:  explainHelp + explainObjectHelp,
		Example: `  # Where does the replica count of the cluster dev come from?
  kubectl otomi explain apps.hello.replicas --cluster dev

  # Which template wrote it, and which values does it depend on?
  kubectl otomi explain deployment/hello/hello spec.replicas --cluster dev

  # In which clusters does a team have another quota, and who says so?
  kubectl otomi explain teams.blue.quota --all-clusters

  # Would a flag win?
  kubectl otomi explain ingress.className --cluster dev --set ingress.className=nginx -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s needs a path, such as apps.hello.replicas, or an object, such as deployment/hello/hello", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), input, args) },
	}
	input.input(cmd.Flags())
	return cmd
}

// explanation is what explain has to say about a path, for all clusters for which it is the same.
type explanation struct {
	Path     string            `json:"path"`
	Clusters []string          `json:"clusters"`
	Value    json.RawMessage   `json:"value,omitempty"` // an absent value is none, null is a value
	Layers   []explainedLayer  `json:"layers"`
	Below    []explainedMember `json:"below,omitempty"`

	isSet bool
}

type explainedLayer struct {
	At       diag.Position `json:"at"`
	Path     string        `json:"path,omitempty"` // where it is not the explained one
	Value    any           `json:"value"`
	Effect   values.Effect `json:"effect"`
	Wins     bool          `json:"wins,omitempty"`
	Argument string        `json:"argument,omitempty"`

	line string
}

type explainedMember struct {
	Path  string        `json:"path"`
	Value any           `json:"value"`
	At    diag.Position `json:"at"`

	line string
}

func (a *app) explain(ctx context.Context, input renderFlags, args []string) error {
	if err := a.oneOf("text", "json"); err != nil {
		return err
	}
	print := values.Print{Key: make([]byte, 32)}
	if _, err := rand.Read(print.Key); err != nil {
		return err
	}
	if isObject(args[0]) {
		return a.explainObject(ctx, input, print, args[0], args[1:])
	}
	paths := make([][]string, len(args))
	for i, arg := range args {
		var err error
		if paths[i], err = source.ParsePath(arg); err != nil {
			return usageError{err}
		}
	}
	w, clusters, err := a.chosen(input)
	if err != nil {
		return err
	}
	shared := sharing{findings: w.findings, several: len(clusters) > 1, at: map[string]int{}}
	e := explainer{print: print, paths: paths, found: make([][]explanation, len(paths)), known: make([]bool, len(paths)), unknown: make([]diag.Findings, len(paths))}
	for _, c := range clusters {
		b := w.until(ctx, c, atTree, time.Time{})
		shared.add(c.Name, b.findings)
		if b.tree == nil {
			continue
		}
		if err := e.cluster(c.Name, b); err != nil {
			return err
		}
	}
	explanations, unknown := e.result()
	if err := writeExplanations(a.Out, a.output, "explanations", len(clusters) > 1, explanations); err != nil {
		return err
	}
	return a.finish(append(shared.findings, unknown...))
}

// explainer collects explanations, path by path.
type explainer struct {
	print   values.Print
	paths   [][]string
	found   [][]explanation // of each path
	known   []bool          // of each path: in some cluster
	unknown []diag.Findings // of each path: the last cluster's words about why there is nothing
}

func (e *explainer) cluster(name string, b *built) error {
	for i, path := range e.paths {
		x, err := e.explain(b.tree.Explain(path...))
		if err != nil {
			return err
		}
		if !x.isSet && b.findings.Failed() && slices.Contains([]string{"cluster", "derived"}, path[0]) {
			continue // what failed before it was made has been said
		}
		if !e.known[i] {
			e.unknown[i] = b.tree.Unknown(path...)
			e.known[i] = x.said() || e.unknown[i] == nil
		}
		same := slices.IndexFunc(e.found[i], func(other explanation) bool { return other.equal(x) })
		if same < 0 {
			same, e.found[i] = len(e.found[i]), append(e.found[i], x)
		}
		e.found[i][same].Clusters = append(e.found[i][same].Clusters, name)
	}
	return nil
}

// result leaves out paths that are unknown to every cluster.
func (e *explainer) result() ([]explanation, diag.Findings) {
	all := []explanation{}
	var unknown diag.Findings
	for i, found := range e.found {
		if e.known[i] {
			all = append(all, found...)
		} else {
			unknown = append(unknown, e.unknown[i]...)
		}
	}
	return all, unknown
}

func (e *explainer) explain(from values.Explanation) (explanation, error) {
	x := explanation{Path: source.Path(from.Path), Layers: []explainedLayer{}, isSet: from.Value != nil}
	if x.isSet {
		data, err := e.print.JSON(from.Value)
		if err != nil {
			return x, err
		}
		x.Value = data
	}
	for _, s := range from.Steps {
		line, err := e.print.Line(s.Node, shownWidth)
		if err != nil {
			return x, err
		}
		l := explainedLayer{At: s.Node.At(), Value: e.print.Plain(s.Node), Effect: s.Effect, Wins: s.Wins, Argument: s.Argument, line: line}
		if len(s.Path) < len(from.Path) {
			l.Path = rootOr(source.Path(s.Path))
		}
		x.Layers = append(x.Layers, l)
	}
	for _, leaf := range from.Leaves() {
		line, err := e.print.Line(leaf.Node, shownWidth)
		if err != nil {
			return x, err
		}
		x.Below = append(x.Below, explainedMember{Path: source.Path(leaf.Path), Value: e.print.Plain(leaf.Node), At: leaf.Node.At(), line: line})
	}
	return x, nil
}

// said reports whether the schema or a layer sets the very path, be it that another one takes it away.
func (x explanation) said() bool {
	return x.isSet || slices.ContainsFunc(x.Layers, func(l explainedLayer) bool { return l.Path == "" })
}

// shownWidth is what a value is shortened to in text.
const shownWidth = 60

func rootOr(path string) string {
	if path == "" {
		return "."
	}
	return path
}
