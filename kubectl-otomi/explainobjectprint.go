package main

import (
	"fmt"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/trace"
)

// text is an object's explanation for people.
func (x explainedObject) text(b *page, several bool) error {
	b.WriteString(x.Object)
	if several {
		b.WriteString(" (" + strings.Join(x.Clusters, ", ") + ")")
	}
	b.WriteByte('\n')
	t := newTable(b)
	fmt.Fprintf(t, "  release\t%s\t%s\n", x.Release, x.ReleaseAt)
	fmt.Fprintf(t, "  %s\t%s\t%s\n", x.Source, x.Name, x.At)
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range x.Fields {
		b.WriteByte('\n')
		if err := f.text(b); err != nil {
			return err
		}
	}
	return nil
}

func (f explainedField) text(b *page) error {
	fmt.Fprintf(&b.Builder, "%s: %s\n", f.Path, f.line)
	place := f.At.String()
	if f.By == trace.Pipeline {
		place = "every object gets it"
	}
	fmt.Fprintf(&b.Builder, "  %s %s\n", f.By, place)
	if f.Rewritten {
		b.WriteString("  rewritten by the cluster's images.rewrite\n")
	}
	t := newTable(b)
	for i, v := range f.Chart {
		if i == 0 {
			b.WriteString("  values of the chart:\n")
		}
		of := ""
		if v.Default {
			of = ", the chart's default"
		}
		fmt.Fprintf(t, "    %s\t%s\t%s\t%s%s\n", v.Path, v.line, v.At, v.certainty(), of)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, v := range f.Values {
		if i == 0 {
			b.WriteString("  values of the repo:\n")
		}
		if err := v.text(b); err != nil {
			return err
		}
	}
	switch {
	case f.unproven:
		b.WriteString("  no value of the repo that was tried changes it, but what wrote it reads values: another may\n")
	case f.together:
		b.WriteString("  no value of the repo was found to change it, but not each was tried alone\n")
	case f.Incomplete:
		b.WriteString("  not every value was tried\n")
	case len(f.Values) == 0 && f.By != trace.Pipeline:
		b.WriteString("  no value of the repo changes it\n")
	}
	return nil
}

func (v explainedValue) text(b *page) error {
	fmt.Fprintf(&b.Builder, "    %s: %s\n", v.Path, v.certainty())
	t := newTable(b)
	for _, l := range v.Layers {
		l.text(t, "      ")
	}
	return t.Flush()
}

func (v explainedValue) certainty() string {
	switch {
	case v.Named:
		return string(v.Certainty) + ", by its name"
	case v.Decides:
		return string(v.Certainty) + ", decides whether it is there"
	default:
		return string(v.Certainty)
	}
}
