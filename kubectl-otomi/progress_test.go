package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

func newYear() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func events() (*plan.Plan, []cluster.Event) {
	web, old := object.ID{Group: "apps", Kind: "Deployment", Namespace: "a", Name: "web"}, object.ID{Kind: "ConfigMap", Namespace: "a", Name: "old"}
	data := object.ID{Kind: "ConfigMap", Namespace: "a", Name: "data"}
	p := &plan.Plan{Actions: []plan.Action{
		{Op: plan.Create, ID: data, Runlevel: "10"},
		{Op: plan.Create, ID: web, Runlevel: "10"},
		{Op: plan.Unchanged, ID: object.ID{Kind: "Service", Namespace: "a", Name: "web"}, Runlevel: "10"},
		{Op: plan.Prune, ID: old, Runlevel: "20"},
	}}
	list := []cluster.Event{
		{Type: cluster.EventStarted},
		{Type: cluster.EventLevel, Runlevel: "10"},
		{Type: cluster.EventApplied, Object: &data, Op: plan.Create, Runlevel: "10", State: ready.Ready},
		{Type: cluster.EventApplied, Object: &web, Op: plan.Create, Runlevel: "10"},
		{Type: cluster.EventWaiting, Object: &web, Message: "0 of 1 replicas available", Runlevel: "10"},
		{Type: cluster.EventRetry, Object: &web, Message: "the server is busy", Runlevel: "10"},
		{Type: cluster.EventReady, Object: &web, Runlevel: "10", Duration: 2 * time.Second},
		{Type: cluster.EventDeleting, Object: &old, Op: plan.Prune, Runlevel: "20"},
		{Type: cluster.EventFailed, Object: &old, Op: plan.Prune, Message: "forbidden", Runlevel: "20"},
		{Type: cluster.EventFinished},
	}
	for i := range list {
		list[i].Time = newYear().Add(time.Duration(i) * time.Second)
	}
	return p, list
}

func TestProgressPlain(t *testing.T) {
	streams, _, _, stderr := genericiooptions.NewTestIOStreams()
	p, list := events()
	g := (&app{IOStreams: streams}).progress(p, newYear())
	for i, e := range list {
		g.event(e)
		if e.Type == cluster.EventWaiting {
			g.tick(newYear().Add(time.Duration(i+30) * time.Second))
		}
	}
	want := `runlevel 10
  ConfigMap/a/data created
  Deployment/a/web created
  Deployment/a/web waiting: 0 of 1 replicas available
still at work after 34s: 1/2 ready, 0/1 gone; waiting for Deployment/a/web: 0 of 1 replicas available
  Deployment/a/web retry: the server is busy
  Deployment/a/web ready
  ConfigMap/a/old deleting
  ConfigMap/a/old failed: forbidden
`
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Errorf("plain progress (-want +got):\n%s", diff)
	}
}

// TestHeartbeat: while nothing happens, it is said again and again what is waited for.
func TestHeartbeat(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	p, list := events()
	g := (&app{IOStreams: streams}).progress(p, newYear())
	beats := make(chan string)
	g.beat = func(text string) { beats <- text }
	for _, e := range list[:5] {
		g.event(e)
	}
	stop := g.start(time.Millisecond)
	for range 3 {
		if text := <-beats; !strings.Contains(text, "waiting for Deployment/a/web: 0 of 1 replicas available") {
			t.Errorf("heartbeat = %q", text)
		}
	}
	go func() {
		for range beats { //nolint:revive // what beats on until it is stopped
		}
	}()
	stop()
	close(beats)
}

// TestProgressLive plays what is written on screens of several widths: what is done stays, and of what is redrawn nothing is
// left over.
func TestProgressLive(t *testing.T) {
	for width, want := range map[int][]string{
		100: {
			"  ConfigMap/a/data created", "  Deployment/a/web created, ready after 2s", "  ConfigMap/a/old failed: forbidden",
			"████████████ 2/2 ready, 0/1 gone, 1 failed, runlevel 10, 9s",
		},
		30: {
			"  ConfigMap/a/data created", "  Deployment/a/web created, re", "ady after 2s", "  ConfigMap/a/old failed: forb", "idden",
			"████████████ 2/2 ready, 0/1 …",
		},
	} {
		streams, _, _, stderr := genericiooptions.NewTestIOStreams()
		p, list := events()
		g := (&app{IOStreams: streams}).progress(p, newYear())
		g.width = func() int { return width }
		for _, e := range list {
			g.event(e)
		}
		s := screen{width: width}
		s.play(t, stderr.String())
		if diff := cmp.Diff(want, s.shown()); diff != "" {
			t.Errorf("a screen of %d columns shows (-want +got):\n%s", width, diff)
		}
		stderr.Reset()
		g.erase()
		s.play(t, stderr.String())
		if diff := cmp.Diff(want[:len(want)-1], s.shown()); diff != "" {
			t.Errorf("in the end a screen of %d columns shows (-want +got):\n%s", width, diff)
		}
	}
}

// TestProgressMuch: however much is waited for, only a few lines are redrawn, and none is wider than the screen, whatever is in it.
func TestProgressMuch(t *testing.T) {
	streams, _, _, stderr := genericiooptions.NewTestIOStreams()
	p := &plan.Plan{}
	var list []cluster.Event
	for i := range 50 {
		id := object.ID{Kind: "Pod", Namespace: "a", Name: fmt.Sprintf("pod-%02d", i)}
		p.Actions = append(p.Actions, plan.Action{Op: plan.Create, ID: id})
		list = append(list, cluster.Event{Type: cluster.EventWaiting, Object: &id, Message: "画像を取得できません: 画像を取得できません\nx\x1b[2J", Time: newYear().Add(time.Duration(i) * time.Second)})
	}
	g := (&app{IOStreams: streams}).progress(p, newYear())
	width := 60
	g.width = func() int { return width }
	for i, e := range list {
		if i == 25 { // the terminal is made narrower: what is drawn takes more rows now
			width = 25
		}
		g.event(e)
		if len(g.drawn) > mostWaiting+2 {
			t.Fatalf("%d lines are redrawn", len(g.drawn))
		}
		for _, columns := range g.drawn {
			if columns >= width {
				t.Errorf("a line has %d columns on a screen of %d", columns, width)
			}
		}
	}
	if strings.Contains(stderr.String(), "\x1b[2J") {
		t.Error("what an object says of itself reaches the terminal as it is")
	}
}

// screen is a terminal as far as progress uses one: it wraps lines, goes up and clears what is below.
type screen struct {
	width   int
	rows    [][]rune
	at, col int
}

func (s *screen) shown() []string {
	var rows []string
	for _, row := range s.rows {
		rows = append(rows, string(row))
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func (s *screen) play(t *testing.T, text string) {
	t.Helper()
	for rest := []rune(text); len(rest) > 0; {
		switch {
		case rest[0] == '\n':
			s.at, s.col, rest = s.at+1, 0, rest[1:]
		case rest[0] == '\r':
			s.col, rest = 0, rest[1:]
		case rest[0] == '\x1b':
			n, end := 0, 2
			for ; rest[end] >= '0' && rest[end] <= '9'; end++ {
				n = n*10 + int(rest[end]-'0')
			}
			switch rest[end] {
			case 'A':
				s.at -= n
			case 'J':
				s.rows = s.rows[:min(s.at, len(s.rows))]
			case 'm':
			default:
				t.Fatalf("the screen does not know %q", string(rest[:end+1]))
			}
			if s.at < 0 {
				t.Fatal("the cursor leaves the screen")
			}
			rest = rest[end+1:]
		default:
			n := 1
			if rest[0] >= 0x2e80 {
				n = 2
			}
			if s.col+n > s.width {
				s.at, s.col = s.at+1, 0
			}
			for len(s.rows) <= s.at {
				s.rows = append(s.rows, nil)
			}
			s.rows[s.at], s.col, rest = append(s.rows[s.at], rest[0]), s.col+n, rest[1:]
		}
	}
	for len(s.rows) < s.at {
		s.rows = append(s.rows, nil)
	}
}
