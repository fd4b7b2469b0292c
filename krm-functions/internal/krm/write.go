package krm

import (
	"bytes"
	"io"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// Write writes the list with what functions had to say as its results.
func (l *List) Write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("apiVersion: " + l.apiVersion + "\nkind: ResourceList\nitems:")
	if len(l.Items) == 0 {
		b.WriteString(" []")
	}
	b.WriteByte('\n')
	for i, text := range l.texts() {
		if text == nil {
			b.Write(l.Items[i].raw)
			continue
		}
		if i > 0 && l.Items[i-1].remarked(l.dash) {
			b.WriteByte('\n')
		}
		indented(&b, strings.Repeat(" ", l.dash), text)
	}
	if l.Config != nil {
		b.WriteString("functionConfig:\n")
		for _, line := range split(encode(l.Config.node)) {
			indent(&b, "  ", line)
		}
	}
	if len(l.results) > 0 {
		b.WriteString("results:\n")
	}
	for _, r := range l.results {
		text, err := sigsyaml.Marshal(r)
		if err != nil {
			return err
		}
		indented(&b, "", text)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// remarked reports whether the lines of an item end in a comment in line with the dashes, which readers would take for that of
// what is written below it.
func (i *Item) remarked(dash int) bool {
	lines := split(i.raw)
	if len(lines) < 2 {
		return false
	}
	last := lines[len(lines)-2] // before what is behind the last line end: nothing
	return indentOf(last) <= dash && bytes.HasPrefix(last[indentOf(last):], []byte("#"))
}

// texts are the items that are written anew, as documents; nil for those that are as they came. Several are written at a time:
// it is most of the work of a function that renders.
func (l *List) texts() [][]byte {
	texts := make([][]byte, len(l.Items))
	var next atomic.Int64
	var done sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(l.Items)) {
		done.Go(func() {
			for at := int(next.Add(1)) - 1; at < len(l.Items); at = int(next.Add(1)) - 1 {
				if i := l.Items[at]; i.raw == nil {
					texts[at] = encode(i.node)
				}
			}
		})
	}
	done.Wait()
	return texts
}

// indented writes a document as an item of a list.
func indented(b *bytes.Buffer, margin string, text []byte) {
	for n, line := range split(text) {
		lead := margin + "  "
		if n == 0 {
			lead = margin + "- "
		}
		indent(b, lead, line)
	}
}

// indent leaves empty lines empty.
func indent(b *bytes.Buffer, lead string, line []byte) {
	if len(bytes.TrimRight(line, breaks)) > 0 {
		b.WriteString(lead)
	}
	b.Write(line)
}

// become is the item after a function has rendered it again: itself when nothing has changed, else what was rendered, with
// the orchestrator's annotations.
func (i *Item) become(w *Item) *Item {
	if was := i.content(); was != nil && reflect.DeepEqual(was, w.content()) {
		return i
	}
	annotations := get(i.node, "metadata", "annotations")
	for k := 0; annotations != nil && annotations.Kind == yaml.MappingNode && k+1 < len(annotations.Content); k += 2 {
		if key := follow(annotations.Content[k]).Value; Wire(key) {
			w.SetAnnotation(key, scalar(follow(annotations.Content[k+1])))
		}
	}
	return w
}
