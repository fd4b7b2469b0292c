package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

func events() (*plan.Plan, []cluster.Event) {
	web, old := object.ID{Group: "apps", Kind: "Deployment", Namespace: "a", Name: "web"}, object.ID{Kind: "ConfigMap", Namespace: "a", Name: "old"}
	p := &plan.Plan{Actions: []plan.Action{
		{Op: plan.Create, ID: web, Runlevel: "10"},
		{Op: plan.Unchanged, ID: object.ID{Kind: "Service", Namespace: "a", Name: "web"}, Runlevel: "10"},
		{Op: plan.Prune, ID: old, Runlevel: "20"},
	}}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	list := []cluster.Event{
		{Type: cluster.EventStarted},
		{Type: cluster.EventLevel, Runlevel: "10"},
		{Type: cluster.EventApplied, Object: &web, Op: plan.Create, Runlevel: "10"},
		{Type: cluster.EventWaiting, Object: &web, Message: "0 of 1 replicas available", Runlevel: "10"},
		{Type: cluster.EventRetry, Object: &web, Message: "the server is busy", Runlevel: "10"},
		{Type: cluster.EventReady, Object: &web, Runlevel: "10"},
		{Type: cluster.EventDeleting, Object: &old, Runlevel: "20"},
		{Type: cluster.EventFailed, Object: &old, Message: "forbidden", Runlevel: "20"},
		{Type: cluster.EventFinished},
	}
	for i := range list {
		list[i].Time = now.Add(time.Duration(i) * time.Second)
	}
	return p, list
}

func TestProgressPlain(t *testing.T) {
	streams, _, _, stderr := genericiooptions.NewTestIOStreams()
	p, list := events()
	g := (&app{IOStreams: streams}).progress(p)
	for _, e := range list {
		g.event(e)
	}
	want := `runlevel 10
  Deployment/a/web created
  Deployment/a/web waiting: 0 of 1 replicas available
  Deployment/a/web retry: the server is busy
  Deployment/a/web ready
  ConfigMap/a/old deleting
  ConfigMap/a/old failed: forbidden
`
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Errorf("plain progress (-want +got):\n%s", diff)
	}
}

// TestProgressLive plays what is written on a screen: lines are erased from the bottom up and drawn again.
func TestProgressLive(t *testing.T) {
	streams, _, _, stderr := genericiooptions.NewTestIOStreams()
	p, list := events()
	g := (&app{IOStreams: streams}).progress(p)
	g.width = func() int { return 30 }
	for _, e := range list {
		g.event(e)
	}
	want := []string{"  ConfigMap/a/old failed: forbidden", "10  ████████████████████  1/…", "20  ░░░░░░░░░░░░░░░░░░░░  0/…"}
	if diff := cmp.Diff(want, screen(t, stderr.String())); diff != "" {
		t.Errorf("the screen shows (-want +got):\n%s", diff)
	}
	stderr.Reset()
	g.width = func() int { return 20 } // the terminal was made narrower: each line of 29 columns takes two rows now
	g.erase()
	if got, want := stderr.String(), "\x1b[4A\x1b[J"; got != want {
		t.Errorf("erase on a narrower terminal = %q, want %q", got, want)
	}
}

func screen(t *testing.T, text string) []string {
	t.Helper()
	var lines []string
	for _, part := range strings.SplitAfter(text, "\n") {
		if up, rest, ok := strings.Cut(strings.TrimPrefix(part, "\x1b["), "A\x1b[J"); ok && strings.HasPrefix(part, "\x1b[") {
			n := 0
			for _, d := range up {
				n = n*10 + int(d-'0')
			}
			lines, part = lines[:len(lines)-n], rest
		}
		if part != "" {
			lines = append(lines, strings.TrimSuffix(part, "\n"))
		}
	}
	return lines
}
