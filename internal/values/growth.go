package values

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// What defaults may fill in: schemas that people write stay far below, those that refer to themselves have no end.
const (
	maxFilled = 1 << 17 // values, and
	perValue  = 100     // as many for each value of the layers
	maxNested = 1000    // defaults within defaults
)

// growth keeps count of what defaults fill in.
type growth struct {
	left  int          // how many values more
	set   *source.Node // what the layers set, until it is counted
	wrong diag.Findings
}

// grow reports whether a default may be filled in. The first that may not is a finding, and then no other may.
func (f *finish) grow(d *source.Node) bool {
	g := f.growth
	if g.wrong != nil {
		return false
	}
	if f.nested == 0 {
		f.outermost = d
	}
	f.nested++
	g.left -= size(d)
	if g.left < 0 && g.set != nil { // counted only here, for hardly a schema comes this far
		g.left, g.set = g.left+perValue*size(g.set), nil
	}
	switch {
	case f.nested > maxNested:
		g.wrong = diag.Findings{diag.Errorf("endless-default", d.At(), "this default holds itself: what it fills in has the same default again, without end").
			WithHint("leave out the default on the way back to it, or stop it with a null: default: {NAME: null}")}
	case g.left < 0:
		g.wrong = diag.Findings{diag.Errorf("endless-default", f.outermost.At(), "with this default and those below it the schema fills in more than %d values", maxFilled).
			WithHint("leave out the defaults of maps that hold each other")}
	}
	return g.wrong == nil
}

func size(n *source.Node) int {
	sum := 1
	for _, item := range n.Items {
		sum += size(item)
	}
	return sum
}
