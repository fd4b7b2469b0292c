package repo

import (
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Choice says which clusters a command is for.
type Choice struct {
	Names   []string // --cluster: names and globs
	All     bool     // --all-clusters
	Current string   // the kubeconfig's current context, "" if there is none
}

// Choose returns the clusters meant: those named, else the only one there is, else the one whose contexts list the current
// context.
func (r *Repo) Choose(choice Choice) ([]*Cluster, diag.Findings) {
	if choice.All {
		return r.matching(func(*Cluster) bool { return true }), nil
	}
	if len(choice.Names) > 0 {
		return r.named(choice.Names)
	}
	if len(r.Clusters) == 1 {
		return []*Cluster{&r.Clusters[0]}, nil
	}
	current := r.matching(func(c *Cluster) bool { return slices.Contains(c.Contexts, choice.Current) && choice.Current != "" })
	if len(current) == 1 {
		return current, nil
	}
	return nil, diag.Findings{diag.Errorf("which-cluster", r.clustersAt, "there are %d clusters: %s", len(r.Clusters), strings.Join(r.ClusterNames(), ", ")).
		WithHint("choose with --cluster NAME or --all-clusters")}
}

func (r *Repo) named(names []string) ([]*Cluster, diag.Findings) {
	var findings diag.Findings
	wanted := map[*Cluster]bool{}
	for _, name := range names {
		found := r.matching(func(c *Cluster) bool {
			ok, err := path.Match(name, c.Name)
			return ok && err == nil
		})
		for _, c := range found {
			wanted[c] = true
		}
		if len(found) > 0 {
			continue
		}
		f := diag.Errorf("unknown-cluster", r.clustersAt, "no cluster is called %q", name)
		f.Hint = "clusters: " + strings.Join(r.ClusterNames(), ", ")
		if s := diag.DidYouMean(name, r.ClusterNames()); s != "" {
			f.Hint = s + " " + f.Hint
		}
		findings = append(findings, f)
	}
	return r.matching(func(c *Cluster) bool { return wanted[c] }), findings
}

func (r *Repo) matching(want func(*Cluster) bool) []*Cluster {
	var out []*Cluster
	for i := range r.Clusters {
		if want(&r.Clusters[i]) {
			out = append(out, &r.Clusters[i])
		}
	}
	return out
}
