package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// progress shows the events of an apply: on a terminal a bar per runlevel that is redrawn in place, elsewhere a line per
// event. What went wrong is always a line of its own.
type progress struct {
	w      io.Writer
	width  func() int // of the terminal, asked at every drawing: it may be resized; nil: no terminal
	color  bool
	levels []*level
	drawn  []int // columns of each line of the last drawing
	last   time.Time
}

// level is how far the objects of one runlevel are.
type level struct {
	name    string
	total   int
	ready   int
	gone    int // of those that are pruned
	prunes  int
	waiting map[object.ID]string
}

func (a *app) progress(p *plan.Plan) *progress {
	g := &progress{w: a.ErrOut, color: color(a.ErrOut)}
	if terminal(a.ErrOut) {
		f := file(a.ErrOut)
		g.width = func() int {
			w, _, err := term.GetSize(int(f.Fd()))
			if err != nil || w <= 0 {
				return 80
			}
			return w
		}
	}
	levels := map[string]*level{}
	for _, action := range p.Changes() {
		l := levels[action.Runlevel]
		if l == nil {
			l = &level{name: action.Runlevel, waiting: map[object.ID]string{}}
			levels[action.Runlevel] = l
		}
		if action.Op == plan.Prune {
			l.prunes++
		} else {
			l.total++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		g.levels = append(g.levels, levels[name])
	}
	return g
}

// event notes an event and shows it.
func (g *progress) event(e cluster.Event) {
	g.note(e)
	line, always := describe(e)
	if g.width == nil {
		if line != "" {
			g.print(line + "\n")
		}
		return
	}
	if always {
		g.erase()
		g.print(line + "\n")
		g.draw()
	} else if e.Type == cluster.EventFinished || e.Time.Sub(g.last) > 100*time.Millisecond {
		g.last = e.Time
		g.erase()
		g.draw()
	}
}

func (g *progress) note(e cluster.Event) {
	if e.Object == nil {
		return
	}
	i := slices.IndexFunc(g.levels, func(l *level) bool { return l.name == e.Runlevel })
	if i < 0 {
		return
	}
	l := g.levels[i]
	delete(l.waiting, *e.Object)
	switch e.Type {
	case cluster.EventApplied:
		if e.State == ready.Ready {
			l.ready++
		}
	case cluster.EventReady:
		l.ready++
	case cluster.EventGone:
		l.gone++
	case cluster.EventWaiting:
		l.waiting[*e.Object] = e.Message
	}
}

// describe is an event as a line, and whether a terminal shows it too.
func describe(e cluster.Event) (line string, always bool) {
	what := string(e.Type)
	switch e.Type {
	case cluster.EventStarted, cluster.EventFinished:
		return "", false
	case cluster.EventLevel:
		return "runlevel " + e.Runlevel, false
	case cluster.EventApplied:
		what = map[plan.Op]string{plan.Create: "created", plan.Update: "updated", plan.Adopt: "adopted", plan.Recreate: "recreated"}[e.Op]
	case cluster.EventFailed, cluster.EventSkipped, cluster.EventWarning, cluster.EventDrift:
		always = true
	}
	if e.Object != nil {
		what = fmt.Sprintf("  %s %s", e.Object, what)
	}
	if e.Message != "" {
		what += ": " + e.Message
	}
	return diag.Printable(what), always
}

// erase removes the last drawing. On a terminal that was made narrower since, its lines take more than one row each.
func (g *progress) erase() {
	rows := 0
	for _, columns := range g.drawn {
		rows += max(1, (columns+g.width()-1)/g.width())
	}
	if rows > 0 {
		g.print(fmt.Sprintf("\x1b[%dA\x1b[J", rows))
	}
	g.drawn = g.drawn[:0]
}

// print writes text; a stderr that is gone does not end the apply.
func (g *progress) print(text string) { _, _ = io.WriteString(g.w, text) }

func (g *progress) draw() {
	width := g.width()
	for _, l := range g.levels {
		line := []rune(l.String())
		if len(line) >= width {
			line = append(line[:max(1, width-2)], '…')
		}
		text := string(line)
		if g.color && l.ready == l.total && l.gone == l.prunes {
			text = "\x1b[32m" + text + "\x1b[0m"
		}
		g.print(text + "\n")
		g.drawn = append(g.drawn, len(line))
	}
}

// String is the level on one line: 60  ████████░░░░  12/15 ready  Deployment/a/b: 1 of 3 replicas available
func (l *level) String() string {
	const cells = 20
	all, done := l.total+l.prunes, l.ready+l.gone
	full := cells
	if all > 0 {
		full = cells * done / all
	}
	name := l.name
	if name == "" {
		name = "--"
	}
	s := fmt.Sprintf("%s  %s%s  %d/%d ready", name, strings.Repeat("█", full), strings.Repeat("░", cells-full), l.ready, l.total)
	if l.prunes > 0 {
		s += fmt.Sprintf(", %d/%d gone", l.gone, l.prunes)
	}
	if len(l.waiting) > 0 {
		ids := slices.SortedFunc(maps.Keys(l.waiting), object.ID.Compare)
		s += fmt.Sprintf("  %s: %s", ids[0], diag.Printable(l.waiting[ids[0]]))
	}
	return s
}
