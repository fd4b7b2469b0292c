package secrets

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Check finds what is wrong with text that is to be encrypted: as a layer, and for SOPS. No finding holds a value.
func Check(name string, text []byte) diag.Findings {
	_, _, findings := fit(name, text, sopsyaml.NewStore(&config.YAMLStoreConfig{}))
	return findings
}

// fit reads text as a layer and as SOPS does.
func fit(name string, text []byte, store *sopsyaml.Store) (*source.Node, sops.TreeBranches, diag.Findings) {
	root, findings := source.ParseFile(&source.File{Name: name, Secret: true}, text)
	findings = block.Broken(scrub(findings, text), text)
	if findings.Failed() {
		return nil, nil, findings
	}
	whole := diag.Position{File: name}
	switch {
	case root == nil:
		return nil, nil, diag.Findings{diag.Errorf(ruleUnfit, whole, "there is nothing to encrypt: the text has no values")}
	case root.Kind != source.Map:
		return nil, nil, diag.Findings{diag.Errorf(ruleUnfit, root.At(), "a layer is a map, not %s", root.Kind.Article())}
	case root.Get(block.Key) != nil:
		return nil, nil, diag.Findings{diag.Errorf(ruleEncrypted, block.Position(root), "the key %s is SOPS' own", block.Key).
			WithHint("call the value something else; a file that is encrypted is changed with: kubectl otomi secrets edit %s", diag.ShellWord(name))}
	}
	var doc yaml.Node
	bare := bytes.TrimPrefix(text, []byte("\ufeff"))
	if err := yaml.Unmarshal(bare, &doc); err != nil {
		return nil, nil, diag.Findings{diag.Errorf(ruleUnfit, whole, "the text is not YAML")} // which it was a moment ago
	}
	source.Place(&doc, bare)
	q := quoter{name: name, kinds: map[[2]int]source.Kind{}}
	q.kindsOf(root)
	q.node(&doc)
	if q.findings.Failed() {
		return nil, nil, q.findings
	}
	branches, err := store.LoadPlainFile(q.apply(text))
	if err != nil {
		return nil, nil, diag.Findings{diag.Errorf(ruleUnfit, whole, "SOPS cannot read the text")}
	}
	return root, branches, nil
}

// quoter finds what SOPS would read otherwise than a layer is read: it takes dates for times and keys by their type, so
// they get quotes; merge keys and tags get lost, so they are refused.
type quoter struct {
	name     string
	kinds    map[[2]int]source.Kind // by line and column
	quote    []*yaml.Node
	findings diag.Findings
}

func (q *quoter) kindsOf(n *source.Node) {
	q.kinds[[2]int{int(n.Line), int(n.Col)}] = n.Kind
	for _, item := range n.Items {
		q.kindsOf(item)
	}
}

func (q *quoter) node(y *yaml.Node) {
	q.value(y)
	for i, c := range y.Content {
		isKey := y.Kind == yaml.MappingNode && i%2 == 0
		if isKey && c.Kind == yaml.ScalarNode && c.ShortTag() == "!!merge" {
			q.refuse(c, "an encrypted file cannot hold the merge key <<", "write out what it stands for")
			continue
		}
		if c.Kind == yaml.ScalarNode && c.Style == 0 && c.ShortTag() != "!!str" && (isKey || q.kind(c) == source.String) {
			q.quote = append(q.quote, c)
		}
		q.node(c)
	}
}

func (q *quoter) value(y *yaml.Node) {
	if y.Style&yaml.TaggedStyle != 0 && !strings.HasPrefix(y.ShortTag(), "!!") {
		q.refuse(y, "an encrypted file cannot hold the tag "+y.Tag, "put it into a plain layer, and only the secrets here")
	}
	if _, err := strconv.ParseInt(y.Value, 0, 64); y.Kind == yaml.ScalarNode && q.kind(y) == source.Int && errors.Is(err, strconv.ErrRange) {
		q.refuse(y, "an encrypted file cannot hold an integer as large as this", "write it as a string, in quotes")
	}
}

func (q *quoter) kind(y *yaml.Node) source.Kind { return q.kinds[[2]int{y.Line, y.Column}] }

func (q *quoter) refuse(y *yaml.Node, message, hint string) {
	at := diag.Position{File: q.name, Line: y.Line, Col: y.Column}
	q.findings = append(q.findings, diag.Errorf(ruleUnfit, at, "%s", message).WithHint("%s", hint))
}

// apply puts the quotes into the text, which keeps its comments where they are.
func (q *quoter) apply(text []byte) []byte {
	if len(q.quote) == 0 {
		return text
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	lines := linesOf(string(text))
	slices.SortFunc(q.quote, func(a, b *yaml.Node) int { return b.Column - a.Column }) // from the right: columns to the left stay true
	for _, n := range q.quote {
		line := []rune(lines[n.Line-1])
		before, after := string(line[:n.Column-1]), string(line[n.Column-1:])
		if rest, ok := strings.CutPrefix(after, n.Value); ok {
			lines[n.Line-1] = before + strconv.Quote(n.Value) + rest
		}
	}
	return []byte(strings.Join(lines, ""))
}

// linesOf are the lines of a text, with their ends, as positions count them.
func linesOf(text string) []string {
	var lines []string
	begin := 0
	for _, end := range regexp.MustCompile("\r\n|[\r\n]").FindAllStringIndex(text, -1) {
		lines = append(lines, text[begin:end[1]])
		begin = end[1]
	}
	return append(lines, text[begin:])
}

// verify opens what was encrypted and compares it with what it was made from: SOPS must not change a value on its way.
func (f *file) verify(want *source.Node, out []byte) diag.Findings {
	back := &file{name: f.name, kept: newKeeper(), store: f.store}
	var err error
	if back.tree, err = f.store.LoadEncryptedFile(out); err == nil {
		_, err = back.tree.Decrypt(f.key, back.kept)
	}
	var text []byte
	if err == nil {
		text, err = back.text()
	}
	if err != nil {
		return diag.Findings{diag.Errorf(ruleUnfit, diag.Position{File: f.name}, "the encrypted text could not be read back")}
	}
	got, _ := source.Parse(f.name, text)
	if n, path := difference(want, got, nil); n != nil {
		return diag.Findings{diag.Errorf(ruleUnfit, n.At(), "SOPS would change this value").WithPath(source.Path(path)).WithHint("write it as a string, in quotes")}
	}
	return nil
}
