package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// progress shows how an apply goes: on a terminal a line for each object that is done, and below them a few that are redrawn in
// place; elsewhere a line for each event, and now and then what is waited for.
type progress struct {
	lock  sync.Mutex
	w     io.Writer
	width func() int // of the terminal, asked at every drawing: it may be resized; nil: no terminal
	color bool
	beat  func(text string) // is told now and then what is waited for, where there is no terminal

	open    map[object.ID]plan.Op // what is not done yet
	sends   int                   // objects to apply
	prunes  int                   // objects to delete
	ready   int
	gone    int
	failed  int // or skipped
	level   string
	made    map[object.ID]string // how what is not ready yet was applied
	waiting map[object.ID]waitingFor
	began   time.Time
	last    time.Time // of a drawing
	drawn   []int     // columns of each line of the last drawing
}

// waitingFor is why an object is waited for.
type waitingFor struct {
	since  time.Time
	reason string
}

func (a *app) progress(p *plan.Plan, began time.Time) *progress {
	g := &progress{
		w: a.ErrOut, color: color(a.ErrOut), began: began,
		open: map[object.ID]plan.Op{}, made: map[object.ID]string{}, waiting: map[object.ID]waitingFor{},
	}
	switch {
	case a.stream != nil:
		g.w = io.Discard
		g.beat = func(text string) { a.stream.send(event{Type: waitEvent, Status: "heartbeat", Reason: text}) }
	case terminal(a.ErrOut) && !a.attributed:
		f := file(a.ErrOut)
		g.width = func() int {
			w, _, err := term.GetSize(int(f.Fd()))
			if err != nil || w <= 0 {
				return 80
			}
			return w
		}
	default:
		g.beat = func(text string) { g.print(text + "\n") }
	}
	for _, action := range p.Changes() {
		g.open[action.ID] = action.Op
		if action.Op == plan.Prune {
			g.prunes++
		} else {
			g.sends++
		}
	}
	return g
}

// start redraws on a terminal as time goes by, and elsewhere says at every heartbeat what is waited for. The function that it
// returns ends that.
func (g *progress) start(heartbeat time.Duration) (stop func()) {
	every := heartbeat
	if g.width != nil {
		every = time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	ticks := time.NewTicker(every)
	var done sync.WaitGroup
	done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-ticks.C:
				g.tick(now)
			}
		}
	})
	return func() {
		cancel()
		ticks.Stop()
		done.Wait()
		g.lock.Lock()
		defer g.lock.Unlock()
		g.erase()
	}
}

func (g *progress) tick(now time.Time) {
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.width != nil {
		g.draw(now)
		return
	}
	text := fmt.Sprintf("still at work after %s: %s", round(now.Sub(g.began)), g.counts())
	for i, id := range g.oldest() {
		if i == mostWaiting {
			text += fmt.Sprintf("; and %d more", len(g.waiting)-i)
			break
		}
		text += fmt.Sprintf("; waiting for %s: %s", id, diag.Printable(g.waiting[id].reason))
	}
	g.beat(text)
}

// event notes an event and shows it.
func (g *progress) event(e cluster.Event) {
	g.lock.Lock()
	defer g.lock.Unlock()
	line := describe(e)
	if g.width != nil {
		line = g.finished(e)
	}
	g.note(e)
	switch {
	case g.width == nil && line != "":
		g.print(line + "\n")
	case g.width == nil:
	case line != "":
		g.above(line, e)
	case e.Time.Sub(g.last) > 100*time.Millisecond:
		g.draw(e.Time)
	}
}

// say shows a line that is about the whole run.
func (g *progress) say(text string) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.erase()
	g.print(text + "\n")
}

func (g *progress) note(e cluster.Event) {
	if e.Type == cluster.EventLevel {
		g.level = e.Runlevel
	}
	if e.Object == nil {
		return
	}
	id := *e.Object
	op, open := g.open[id]
	was, waited := g.waiting[id]
	delete(g.waiting, id)
	switch e.Type {
	case cluster.EventApplied:
		g.made[id] = done(e.Op)
		if e.State != ready.Ready {
			return
		}
	case cluster.EventWaiting:
		if !waited {
			was.since = e.Time
		}
		g.waiting[id] = waitingFor{was.since, e.Message}
		return
	case cluster.EventReady, cluster.EventGone:
	case cluster.EventFailed, cluster.EventSkipped:
		g.failed++
		delete(g.open, id)
		return
	default:
		if waited {
			g.waiting[id] = was
		}
		return
	}
	delete(g.made, id)
	delete(g.open, id)
	switch {
	case !open:
	case op == plan.Prune:
		g.gone++
	default:
		g.ready++
	}
}

// done is an operation as people say that it was done.
func done(op plan.Op) string {
	return map[plan.Op]string{plan.Create: "created", plan.Update: "updated", plan.Adopt: "adopted", plan.Recreate: "recreated"}[op]
}

// finished is the line that a terminal shows of an object that is done, or that something is wrong with.
func (g *progress) finished(e cluster.Event) string {
	switch e.Type {
	case cluster.EventApplied:
		if e.State != ready.Ready {
			return ""
		}
	case cluster.EventReady:
		text := "ready"
		if made := g.made[*e.Object]; made != "" {
			text = made + ", ready"
		}
		return fmt.Sprintf("  %s %s after %s", e.Object, text, round(e.Duration))
	case cluster.EventGone, cluster.EventFailed, cluster.EventSkipped, cluster.EventWarning, cluster.EventDrift:
	default:
		return ""
	}
	return describe(e)
}

// describe is an event as a line; "" where it has none.
func describe(e cluster.Event) string {
	what := string(e.Type)
	switch e.Type {
	case cluster.EventStarted, cluster.EventFinished:
		return ""
	case cluster.EventLevel:
		return "runlevel " + e.Runlevel
	case cluster.EventApplied:
		what = done(e.Op)
	}
	if e.Object != nil {
		what = fmt.Sprintf("  %s %s", e.Object, what)
	}
	if e.Message != "" {
		what += ": " + e.Message
	}
	return diag.Printable(what)
}

// above prints a line that stays, over those that are redrawn.
func (g *progress) above(line string, e cluster.Event) {
	if wrong := e.Type == cluster.EventFailed || e.Type == cluster.EventSkipped; wrong && g.color {
		line = "\x1b[31m" + line + "\x1b[0m"
	}
	g.erase()
	g.print(line + "\n")
	g.draw(e.Time)
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

// mostWaiting is how many objects that are waited for are shown.
const mostWaiting = 3

func (g *progress) draw(now time.Time) {
	g.erase()
	g.last = now
	width := g.width()
	lines := []string{g.bar(now)}
	for i, id := range g.oldest() {
		if i == mostWaiting {
			lines = append(lines, fmt.Sprintf("  … and %d more", len(g.waiting)-i))
			break
		}
		w := g.waiting[id]
		lines = append(lines, fmt.Sprintf("  %s: %s (%s)", id, diag.Printable(w.reason), round(now.Sub(w.since))))
	}
	var out strings.Builder
	for _, line := range lines {
		text, columns := cut(line, width-1)
		out.WriteString(text + "\n")
		g.drawn = append(g.drawn, columns)
	}
	g.print(out.String())
}

// bar is all of the run on one line: ████░░░░ 12/15 ready, 1/2 gone, runlevel 60, 1m5s.
func (g *progress) bar(now time.Time) string {
	const cells = 12
	full := cells
	if all := g.sends + g.prunes; all > 0 {
		full = cells * (all - len(g.open)) / all
	}
	s := strings.Repeat("█", full) + strings.Repeat("░", cells-full) + " " + g.counts()
	if g.level != "" {
		s += ", runlevel " + g.level
	}
	return s + ", " + round(now.Sub(g.began)).String()
}

func (g *progress) counts() string {
	s := fmt.Sprintf("%d/%d ready", g.ready, g.sends)
	if g.prunes > 0 {
		s += fmt.Sprintf(", %d/%d gone", g.gone, g.prunes)
	}
	if g.failed > 0 {
		s += fmt.Sprintf(", %d failed", g.failed)
	}
	return s
}

// oldest are the objects that are waited for, those first that have been for longest.
func (g *progress) oldest() []object.ID {
	return slices.SortedFunc(maps.Keys(g.waiting), func(a, b object.ID) int {
		return cmp.Or(g.waiting[a].since.Compare(g.waiting[b].since), a.Compare(b))
	})
}

func round(d time.Duration) time.Duration { return max(0, d.Round(time.Second)) }

// cut shortens a line to so many columns of a terminal, and counts those that it takes.
func cut(line string, most int) (string, int) {
	columns := 0
	for i, r := range line {
		n := 1
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xd7ff || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xff60 || r >= 0x1f300) {
			n = 2 // scripts and pictures that terminals give two columns
		}
		if columns+n > most-1 && i+len(string(r)) < len(line) || columns+n > most {
			return line[:i] + "…", columns + 1
		}
		columns += n
	}
	return line, columns
}
