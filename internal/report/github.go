package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// github writes workflow commands, which GitHub shows as annotations:
// docs.github.com/actions/reference/workflow-commands-for-github-actions.
func (r Report) github(w io.Writer) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, f := range r.shown() {
		level := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "notice"}[f.Severity]
		properties := "title=" + property.Replace(f.Rule)
		if !f.At.IsZero() {
			properties += fmt.Sprintf(",file=%s,line=%d,col=%d", property.Replace(r.file(f.At.File)), max(1, f.At.Line), max(1, f.At.Col))
		}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", level, properties, message.Replace(diag.Printable(sentence(f)+of(f.Clusters)))); err != nil {
			return err
		}
	}
	return nil
}

// of are the clusters that share a finding, in words.
func of(clusters []string) string {
	if len(clusters) == 0 {
		return ""
	}
	return " (" + strings.Join(clusters, ", ") + ")"
}
