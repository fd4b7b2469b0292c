package trace

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// mostLength is how long a text may become for a template that looks at its length.
const mostLength = 1000

// constants are those of the release's templates, for conditions like `eq .Values.mode "ha"` hold for no value that is made
// up.
type constants struct {
	named  map[string][]gotemplate.Word // by the name of a field that is near the constant
	all    []gotemplate.Word
	loaded bool
}

func (t *Tracer) known() constants {
	if t.constants.loaded {
		return t.constants
	}
	t.constants = constants{named: map[string][]gotemplate.Word{}, loaded: true}
	t.texts = render.Texts(t.input, t.release)
	for _, name := range slices.Sorted(maps.Keys(t.texts)) {
		for _, w := range gotemplate.Words(t.texts[name]) {
			for _, near := range w.Names {
				t.constants.named[near] = append(t.constants.named[near], w)
			}
			t.constants.all = append(t.constants.all, w)
		}
	}
	return t.constants
}

// compare gives leaves what templates compare them with: what stands beside a field of their name, and whatever else there is.
func (t *Tracer) compare(leaves []leaf) []leaf {
	c := t.known()
	common := map[source.Kind][]string{}
	for i, l := range leaves {
		if _, done := common[l.node.Kind]; !done {
			common[l.node.Kind] = textsFor(c.all, l.node.Kind)
		}
		leaves[i].near = textsFor(c.named[lastName(l.path)], l.node.Kind)
		leaves[i].common = common[l.node.Kind]
	}
	return leaves
}

// textsFor are the texts that make a difference to what compares a value of a kind with words, each once.
func textsFor(words []gotemplate.Word, kind source.Kind) []string {
	var texts []string
	seen := map[string]bool{}
	add := func(text string) {
		if !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	for _, w := range words {
		number, err := strconv.ParseInt(w.Text, 10, 32)
		switch {
		case err == nil:
			around(number, w.Number, kind, add)
		case kind != source.String:
		case strings.HasPrefix(w.Function, "semver"):
			add(strings.TrimLeft(w.Text, "<>=~^! v"))
			add("999.0.0")
			add("0.0.1")
		case strings.Contains(strings.ToLower(w.Function), "regex"):
			if text := matching(w.Text); text != "" {
				add(text)
			}
		default:
			add(w.Text)
		}
	}
	return texts
}

// around adds a number and what is below and above it: as such, and as the length of a text.
func around(number int64, length bool, kind source.Kind, add func(string)) {
	for _, n := range []int64{number + 1, number - 1, number} {
		switch kind {
		case source.Int, source.Float:
			add(strconv.FormatInt(n, 10))
		case source.String:
			add(strconv.FormatInt(n, 10))
			if length && n > 0 && n <= mostLength {
				add(strings.Repeat("x", int(n)))
			}
		}
	}
}

// matching is a text that a regular expression matches, "" where a plain one is not found.
func matching(expression string) string {
	text := regexp.MustCompile(`\\d|\[[^\]]*\][+*]?|\.[+*]|\(\?:|[()^$]`).ReplaceAllStringFunc(expression, func(part string) string {
		switch {
		case part == `\d`:
			return "1"
		case part[0] == '.':
			return "x"
		case part[0] == '[' && len(part) > 2 && part[1] != '^':
			return part[1:2]
		}
		return ""
	})
	text = strings.NewReplacer(`\.`, ".", "+", "", "*", "", "?", "").Replace(text)
	text, _, _ = strings.Cut(text, "|")
	if compiled, err := regexp.Compile(expression); err != nil || !compiled.MatchString(text) {
		return ""
	}
	return text
}
