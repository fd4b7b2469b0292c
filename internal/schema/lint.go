package schema

import (
	"regexp"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// invalid is the rule of what is wrong with a schema itself.
const invalid = "schema-invalid"

// lint finds what the compiler does not know of, or would report without a place and one at a time: references that lead
// nowhere, patterns that do not compile, and our own keywords.
func lint(root *source.Node) diag.Findings {
	l := linter{root: root, id: text(root.Get("$id"))}
	l.anchors, l.bases = names(root)
	walk(root, nil, func(n *source.Node, path []string) {
		l.reference(n, path)
		l.patterns(n, path)
		l.merging(n, path)
		l.secret(n, path)
		l.content(n, path)
		l.unknownKeywords(n, path)
		_, findings := readValidations(n.Get(validations), path)
		l.findings = append(l.findings, findings...)
	})
	return l.findings
}

type linter struct {
	root     *source.Node
	id       string              // of the root
	anchors  map[string][]string // see names
	bases    bool
	cache    *gotemplate.Cache // of generators; nil: there were none yet
	findings diag.Findings
}

func (l *linter) fail(at diag.Position, path []string, hint, format string, args ...any) {
	f := diag.Errorf(invalid, at, format, args...).WithPath(source.Path(path))
	f.Hint = hint
	l.findings = append(l.findings, f)
}

// outside is about a reference to another file.
func outside(ref *source.Node, path []string) diag.Finding {
	return diag.Errorf(invalid, ref.At(), "the reference %q leads out of the file, and schemas are read without the network", ref.Text).
		WithPath(source.Path(below(path, "$ref"))).WithHint("copy the definition into this file")
}

func (l *linter) reference(n *source.Node, path []string) {
	ref := n.Get("$ref")
	if text(ref) == "" {
		return
	}
	to, fragment, _ := strings.Cut(ref.Text, "#")
	target, isPointer := pointer(fragment)
	_, isName := l.anchors[fragment]
	switch {
	case to != "" && to != l.id && !l.bases:
		l.findings = append(l.findings, outside(ref, path))
	case to != "" && to != l.id, !isPointer && (l.bases || isName):
		return
	case !isPointer:
		l.fail(ref.At(), below(path, "$ref"), diag.DidYouMean(fragment, sortedKeys(l.anchors)), "the reference %q leads nowhere", ref.Text)
	case l.root.Lookup(target...) == nil:
		l.fail(ref.At(), below(path, "$ref"), l.nearest(target), "the reference %q leads nowhere", ref.Text)
	}
}

// nearest is a hint at what a pointer was meant to be.
func (l *linter) nearest(target []string) string {
	for i := range target {
		from := l.root.Lookup(target[:i]...)
		if l.root.Lookup(target[:i+1]...) == nil && from != nil && from.Kind == source.Map {
			return diag.DidYouMean(target[i], from.Names())
		}
	}
	return ""
}

func (l *linter) patterns(n *source.Node, path []string) {
	if p := n.Get("pattern"); text(p) != "" {
		l.pattern(p.Text, p.At(), below(path, "pattern"))
	}
	if named := n.Get("patternProperties"); named != nil && named.Kind == source.Map {
		for _, k := range named.Keys {
			l.pattern(k.Name, k.At(), below(path, "patternProperties"))
		}
	}
}

func (l *linter) pattern(pattern string, at diag.Position, path []string) {
	_, err := regexp.Compile(pattern)
	if err == nil {
		return
	}
	cause := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	l.fail(at, path, "patterns are written in RE2 syntax, which has no look-around", "the pattern does not compile: %s", cause)
}

// merging checks the keywords that Rules reads.
func (l *linter) merging(n *source.Node, path []string) {
	for _, keyword := range []struct {
		name  string
		takes []string
	}{
		{"x-merge", []string{"append", "prepend", "byKey", "replace"}},
		{"x-null", []string{"keep"}},
	} {
		v := n.Get(keyword.name)
		if v == nil || slices.Contains(keyword.takes, text(v)) {
			continue
		}
		l.fail(v.At(), below(path, keyword.name), diag.DidYouMean(v.Text, keyword.takes),
			"%s takes %s, not %s", keyword.name, strings.Join(keyword.takes, ", "), excerpt(v))
	}
	if key := n.Get("x-merge-key"); key != nil && (text(key) == "" || text(n.Get("x-merge")) != "byKey") {
		l.fail(key.At(), below(path, "x-merge-key"), "", "x-merge-key names the key of x-merge: byKey")
	}
}

// secret checks the form of x-secret. What a generator makes, if anything, shows when it runs.
func (l *linter) secret(n *source.Node, path []string) {
	s := n.Get("x-secret")
	switch {
	case s == nil || s.Kind == source.Bool:
		return
	case s.Kind == source.String:
		l.generator(s, below(path, "x-secret"))
		return
	}
	l.fail(s.At(), below(path, "x-secret"), `write x-secret: true, or x-secret: "{{ randAlphaNum 32 }}" for one that can be generated`,
		"x-secret takes true, or a template that generates the secret, not %s", excerpt(s))
}

// generator checks that a template of x-secret can run.
func (l *linter) generator(s *source.Node, path []string) {
	if l.cache == nil {
		l.cache = gotemplate.NewCache()
	}
	_, findings := l.cache.Set(gotemplate.Generator, []gotemplate.File{{Name: "x-secret", Text: s.Text}})
	for _, f := range findings {
		l.fail(within(s, max(1, f.At.Line), max(1, f.At.Col)), path, f.Hint, "the generator cannot run: %s", f.Message)
	}
}
