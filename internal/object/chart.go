package object

import (
	"bytes"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// ParseChart is Parse for what a chart's template wrote, as Helm reads it: whatever begins with `---` is a new document,
// also where something follows on the line, space around a document does not count, and of a key that is set twice the
// last one wins, which is a warning.
func ParseChart(name string, data []byte) ([]Object, diag.Findings) {
	rest := bytes.TrimLeft(data, " \t\r\n")
	skipped := bytes.Count(data[:len(data)-len(rest)], []byte("\n"))
	docs := documents(rest, func(line []byte) bool { return bytes.HasPrefix(line, []byte("---")) })
	for i, d := range docs {
		docs[i] = document{line: d.line + skipped, text: append(slices.Clip(bytes.TrimSpace(d.text)), '\n')}
	}
	return parse(name, docs, rules{lastWins: true})
}

// again reads a document that the strict reader refused for keys that are set twice. Refused it stays if more is wrong.
func again(document Source, findings diag.Findings, by rules) ([]byte, diag.Findings) {
	for i := range findings {
		if findings[i].Rule != "duplicate-key" {
			return nil, findings
		}
	}
	js, err := yaml.YAMLToJSON(document.Text)
	if err != nil {
		return nil, yamlErrors(document, err)
	}
	for i := range findings {
		if by.lastWins {
			findings[i].Severity = diag.Warning
		}
		findings[i].Message += "; the last one wins"
	}
	return js, findings
}
