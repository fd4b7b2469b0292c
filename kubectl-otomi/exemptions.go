package main

import (
	"fmt"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// exemption is an exemption as reports show it.
func exemption(g policy.Grant) report.Exemption {
	return report.Exemption{
		Policy: g.Policy, Object: g.Object, Release: g.Release, Namespace: g.Namespace, Container: g.Container,
		Reason: g.Reason, Until: g.Until, Expired: g.Expired, At: g.At, Path: g.Path, Used: len(g.Objects) > 0, Objects: g.Objects,
	}
}

// exemptionsOf are the exemptions in clusters, one that several have said once. It counts as used where one of them needs it.
func exemptionsOf(clusters []*built) []report.Exemption {
	list := []report.Exemption{}
	at := map[string]int{}
	for _, b := range clusters {
		for _, g := range b.exemptions {
			same := g
			same.Objects = nil
			key := fmt.Sprintf("%#v", same)
			i, known := at[key]
			if !known {
				i = len(list)
				at[key], list = i, append(list, exemption(g))
			}
			x := &list[i]
			x.Objects = union(x.Objects, g.Objects)
			x.Used = len(x.Objects) > 0
			if len(clusters) > 1 && !slices.Contains(x.Clusters, b.cluster.Name) {
				x.Clusters = append(x.Clusters, b.cluster.Name)
			}
		}
	}
	return list
}

// listsExemptions refuses formats that have no place for exemptions.
func (a *app) listsExemptions(f validateFlags) error {
	if f.exemptions && a.output != report.Text && a.output != report.JSON {
		return usagef("--show-exemptions goes with -o text or json")
	}
	return nil
}
