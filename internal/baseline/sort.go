package baseline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Fixed is the rule of findings about entries that nothing needs any more.
const Fixed = "baseline-fixed"

// Record lists what a run found.
func (f *File) Record(r Run) {
	if f.entries == nil {
		f.entries = map[place]entry{}
	}
	for _, k := range r.keys() {
		if k != (Key{}) {
			p := place{k, r.Cluster}
			f.entries[p] = entry{count: f.entries[p].count + 1}
		}
	}
}

// Len is how many findings the file lists. One that several clusters have is one.
func (f *File) Len() int {
	most := map[Key]int{}
	for p, e := range f.entries {
		most[p.Key] = max(most[p.Key], e.count)
	}
	n := 0
	for _, count := range most {
		n += count
	}
	return n
}

// Replace takes over what another file lists of a cluster, in place of what was listed of it.
func (f *File) Replace(cluster string, by *File) {
	if f.entries == nil {
		f.entries = map[place]entry{}
	}
	maps.DeleteFunc(f.entries, func(p place, _ entry) bool { return p.cluster == cluster })
	for p, e := range by.entries {
		if p.cluster == cluster {
			f.entries[p] = e
		}
	}
}

// Sort tells the findings of a run that are known, each with a note that says where, from the others. What is listed and was
// not found is an error at its entry. A nil File knows nothing.
func (f *File) Sort(r Run) (others, known diag.Findings) {
	if f == nil {
		return r.Findings, nil
	}
	found := map[Key]int{}
	for i, k := range r.keys() {
		e, listed := f.entries[place{k, r.Cluster}]
		if found[k]++; !listed || found[k] > e.count {
			others = append(others, r.Findings[i])
			continue
		}
		known = append(known, r.Findings[i].WithNote(e.at, "known: the baseline lists it"))
	}
	return append(others, f.fixed(r, found)...), known
}

func (f *File) fixed(r Run, found map[Key]int) diag.Findings {
	var findings diag.Findings
	for p, e := range f.entries {
		n := found[p.Key]
		if p.Check != r.Check || p.cluster != r.Cluster || n >= e.count || r.Unsure != nil && r.Unsure(p.Key) {
			continue
		}
		what := p.Object
		if p.Path != "" {
			what += ": " + p.Path
		}
		text := fmt.Sprintf("%s: %s is no longer found but still listed", what, p.Rule)
		if e.count > 1 {
			text = fmt.Sprintf("%s: %s is listed %d times, and %d left", what, p.Rule, e.count, n)
		}
		findings = append(findings, diag.Errorf(Fixed, e.at, "%s", text).WithHint("write the file again: kubectl otomi validate --write-baseline"))
	}
	findings.Sort()
	return findings
}

func (k Key) compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Object, other.Object), cmp.Compare(k.Rule, other.Rule), cmp.Compare(k.Path, other.Path), cmp.Compare(k.Message, other.Message))
}

// clustersOf are the clusters that list a finding, by how often.
func (f *File) clustersOf() map[Key]map[int][]string {
	all := map[Key]map[int][]string{}
	for p, e := range f.entries {
		if all[p.Key] == nil {
			all[p.Key] = map[int][]string{}
		}
		all[p.Key][e.count] = append(all[p.Key][e.count], p.cluster)
	}
	for _, counts := range all {
		for _, clusters := range counts {
			slices.Sort(clusters)
		}
	}
	return all
}
