package source

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// breaks are characters that end a line for the parser, as YAML 1.1 has it, and for YAML 1.2 and every editor do not.
type breaks struct{ hide, show *strings.Replacer }

// breaksOf prepares to keep them from the parser, which then counts lines as everybody does and leaves them in scalars. It is
// nil for data without any.
func breaksOf(data []byte) *breaks {
	var hide, show []string
	free := '\ue000' // nobody's: a character for private use that the data does not have
	for _, r := range "\u0085\u2028\u2029" {
		if !bytes.ContainsRune(data, r) {
			continue
		}
		for bytes.ContainsRune(data, free) {
			free++
		}
		hide, show = append(hide, string(r), string(free)), append(show, string(free), string(r))
		free++
	}
	if hide == nil {
		return nil
	}
	return &breaks{strings.NewReplacer(hide...), strings.NewReplacer(show...)}
}

// restore puts them back into what was parsed.
func (b *breaks) restore(y *yaml.Node) {
	y.Value = b.show.Replace(y.Value)
	for _, c := range y.Content {
		b.restore(c)
	}
}
