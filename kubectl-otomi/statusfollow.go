package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

const (
	gather  = 300 * time.Millisecond // how long news are gathered before they are shown
	reread  = 2 * time.Second        // how often the inventory and the lock are looked at while watching
	refresh = time.Second            // how often a terminal is drawn although nothing happened: objects grow older
)

// followSet shows a set whenever it changes, or until all of it is ready.
func (a *app) followSet(ctx context.Context, s *statusSet, f statusFlags) error {
	end, stop := context.WithCancel(ctx)
	defer stop()
	if f.wait {
		var over context.CancelFunc
		end, over = context.WithTimeout(end, f.timeout)
		defer over()
	}
	v := a.viewer(f)
	for end.Err() == nil {
		watching, stop := context.WithCancel(end)
		done, err := s.whileSame(watching, s.session.client.Follow(watching, s.session.inventory), v)
		stop()
		if done || err != nil {
			return err
		}
		switch err := s.session.read(end); {
		case end.Err() != nil: // whatever was read then says nothing about the set
		case err != nil:
			return err
		case s.session.inventory == nil:
			return nothingApplied(s.session.ref)
		}
	}
	return v.end(ctx)
}

// whileSame shows how the set is until its inventory has changed, or there is no more to wait for.
func (s *statusSet) whileSame(ctx context.Context, f *cluster.Follower, v *viewer) (done bool, err error) {
	looked := time.Now()
	for ctx.Err() == nil {
		changed := f.Changed()
		if objects, complete := f.Status(ctx); complete && ctx.Err() == nil {
			if done, err := v.update(s.show(ctx, objects)); done || err != nil {
				return done, err
			}
		}
		select {
		case <-ctx.Done():
		case <-changed:
			pause(ctx, gather)
		case <-time.After(refresh):
		}
		if time.Since(looked) < reread {
			continue
		}
		looked = time.Now()
		// A server that does not answer now may answer later; the watches go on meanwhile.
		if version, err := s.session.client.Version(ctx, s.session.ref); err == nil && version != s.session.inventory.ResourceVersion {
			return false, nil
		}
	}
	return false, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// viewer shows a set while it is followed: on a terminal in place, elsewhere all of it once and then a line per change.
type viewer struct {
	*app
	flags  statusFlags
	screen func() (width, height int) // nil: no terminal, or output for machines
	set    *shownSet                  // as it was last
	told   map[string]string          // by object, in words
	drawn  string
}

func (a *app) viewer(f statusFlags) *viewer {
	v := &viewer{app: a, flags: f}
	if f.watch && terminal(a.Out) && a.output != "json" {
		v.screen = func() (int, int) {
			w, h, err := term.GetSize(int(file(a.Out).Fd()))
			if err != nil || w <= 0 || h <= 0 {
				return 80, 24
			}
			return w, h
		}
	}
	return v
}

// update shows what is new, and says whether there is no more to wait for.
func (v *viewer) update(s *shownSet) (done bool, err error) {
	v.set = s
	switch {
	case v.flags.wait && s.Ready:
		return true, v.final()
	case !v.flags.watch:
		return false, nil
	case v.screen != nil:
		return false, v.draw()
	default:
		return false, v.changes()
	}
}

// end is the last word when time is up, or the user has seen enough.
func (v *viewer) end(ctx context.Context) error {
	if ctx.Err() != nil {
		return exitCode(exitInterrupted) // the way to end --watch
	}
	if v.set == nil {
		return fmt.Errorf("read status: the API server did not answer within %s", v.flags.timeout)
	}
	if err := v.final(); err != nil {
		return err
	}
	return exitCode(exitNotReady)
}

func (v *viewer) final() error {
	if v.screen != nil {
		return v.draw()
	}
	return v.printSet(v.Out, v.set, v.flags.problems)
}

// page is text that is put together for a terminal.
type page struct {
	strings.Builder
	width int
}

func (p *page) columns() int { return p.width }

// draw fills the screen with as much as fits.
func (v *viewer) draw() error {
	width, height := v.screen()
	b := page{width: width}
	if err := v.printSet(&b, v.set, v.flags.problems); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	// The end tells how it is on the whole. A line that is too long goes on in the next row, as it would anyhow.
	last, rows, fit := lines[len(lines)-1], 3, 0
	for ; fit < len(lines); fit++ {
		if rows += max(1, (len([]rune(lines[fit]))+width-1)/width); rows > height {
			break
		}
	}
	if fit < len(lines)-1 {
		lines = append(lines[:fit:fit], fmt.Sprintf("… %d more lines; --problems shows less", len(lines)-1-fit), last)
	}
	text := strings.Join(lines, "\n") + "\n"
	if text == v.drawn {
		return nil
	}
	v.drawn = text
	_, err := io.WriteString(v.Out, "\x1b[H\x1b[2J"+text)
	return err
}

// changes prints the first time all of it, later a line per object that is not what it was.
func (v *viewer) changes() error {
	before, now := v.told, map[string]string{}
	var lines []string
	for _, o := range v.set.Objects {
		id := o.ID.String()
		now[id] = strings.TrimSuffix(fmt.Sprintf("%s %s: %s", id, o.State, remark(o)), ": ")
		if before[id] != now[id] {
			lines = append(lines, now[id])
		}
	}
	for id := range before {
		if now[id] == "" {
			lines = append(lines, id+" is no longer in the set")
		}
	}
	slices.Sort(lines)
	v.told = now
	if before == nil || v.output == "json" && len(lines) > 0 {
		return v.printSet(v.Out, v.set, v.flags.problems)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(v.Out, "%s %s\n", time.Now().UTC().Format(time.RFC3339), diag.Printable(line)); err != nil {
			return err
		}
	}
	return nil
}
