package render

import (
	"maps"
	"strings"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// inTemplate moves a finding about a template's output to the line of the template that wrote it.
func inTemplate(f diag.Finding, out gotemplate.Output) diag.Finding {
	if f.At.Line == 0 || !out.Traced() {
		return f
	}
	for i := range f.Notes {
		if at := out.At(f.Notes[i].At.Line, f.Notes[i].At.Col); at.Line > 0 && f.Notes[i].At.Line > 0 {
			f.Notes[i].At = at
		}
	}
	if at := out.At(f.At.Line, f.At.Col); at.Line > 0 {
		f = withRendered(f, out)
		if helper := out.Helper(f.At.Line); helper.Line > 0 {
			f = f.WithNote(helper, "a helper writes it here")
		}
		f.At = at
	}
	return f
}

// withRendered notes what a syntax error stands in: the rendered lines around it, which nobody can look up.
func withRendered(f diag.Finding, out gotemplate.Output) diag.Finding {
	if f.Rule != "yaml-syntax" {
		return f
	}
	lines := strings.Split(string(out.Text), "\n")
	for n := max(1, f.At.Line-1); n <= min(len(lines), f.At.Line+1); n++ {
		if strings.TrimSpace(lines[n-1]) != "" {
			f = f.WithNote(out.At(n, 0), "rendered: %s", lines[n-1])
		}
	}
	return f
}

// placer gives nodes that were read from a template's output their place in the template.
type placer struct {
	out     gotemplate.Output
	secrets *redact.Redactor
	hidden  *source.File // the same file, marked secret
	done    map[*source.Node]bool
}

func (p *placer) node(n *source.Node) {
	if n == nil || p.done[n] {
		return
	}
	p.done[n] = true
	if at := p.out.At(int(n.Line), int(n.Col)); at.Line > 0 {
		n.Line, n.Col = int32(at.Line), int32(at.Col)
	}
	if n.Kind.Scalar() && p.secrets.Has(n.Text) {
		if p.hidden == nil {
			p.hidden = &source.File{Name: n.File.Name, Secret: true}
		}
		n.File = p.hidden
	}
	for i := range n.Keys {
		if at := p.out.At(int(n.Keys[i].Line), int(n.Keys[i].Col)); at.Line > 0 {
			n.Keys[i].Line, n.Keys[i].Col = int32(at.Line), int32(at.Col)
		}
	}
	for _, item := range n.Items {
		p.node(item)
	}
}

// traced is what a template wrote, with the places that wrote it: it is executed again, watched, once somebody asks.
func (h *helm) traced(run *gotemplate.Run, f file, out gotemplate.Output) func() gotemplate.Output {
	data := maps.Clone(f.scope) // .Template is another one in the next file
	return sync.OnceValue(func() gotemplate.Output {
		h.tracing.Lock()
		defer h.tracing.Unlock()
		return run.Trace(f.Name, data, out)
	})
}
