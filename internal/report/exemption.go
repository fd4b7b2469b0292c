package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Exemption is what lets objects violate a policy, and whether something needed it.
type Exemption struct {
	Policy    string        `json:"policy"`
	Object    string        `json:"object,omitempty"` // one of Object, Release and Namespace is set
	Release   string        `json:"release,omitempty"`
	Namespace string        `json:"namespace,omitempty"`
	Container string        `json:"container,omitempty"` // the only one that is exempt
	Reason    string        `json:"reason,omitempty"`
	Until     string        `json:"until,omitempty"`
	Expired   bool          `json:"expired"`
	At        diag.Position `json:"at"`
	Path      string        `json:"path,omitempty"`
	Used      bool          `json:"used"`
	Objects   []string      `json:"objects,omitempty"` // that needed it
	Clusters  []string      `json:"clusters,omitempty"`
}

// exemptions writes them as a table.
func (r Report) exemptions(w io.Writer) error {
	if len(r.Exemptions) == 0 {
		_, err := fmt.Fprintln(w, "\nno exemptions")
		return err
	}
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "\nPOLICY\tEXEMPT\tCONTAINER\tUNTIL\tUSED\tCLUSTERS\tWHERE\tREASON")
	for _, x := range r.Exemptions {
		exempt := x.Object
		if x.Release != "" {
			exempt = "release " + x.Release
		} else if x.Namespace != "" {
			exempt = "namespace " + x.Namespace
		}
		until := cmp.Or(x.Until, "-")
		if x.Expired {
			until += " (expired)"
		}
		used := "no"
		if x.Used {
			used = fmt.Sprintf("by %s", count(len(x.Objects), "object"))
		}
		row := []string{
			x.Policy, exempt, cmp.Or(x.Container, "-"), until, used, cmp.Or(strings.Join(x.Clusters, ","), "-"),
			cmp.Or(x.At.String(), "-"), cmp.Or(x.Reason, "-"),
		}
		for i, cell := range row {
			row[i] = diag.Printable(cell)
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}
