package secrets

import (
	"math/big"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// difference is the first value of want that got does not have as it is, and its path. How a number is written does not count.
func difference(want, got *source.Node, path []string) (*source.Node, []string) {
	if got == nil || want.Replace != got.Replace || len(want.Items) != len(got.Items) || !sameKind(want.Kind, got.Kind) {
		return want, path
	}
	if want.Kind.Scalar() {
		if want.Text != got.Text && !sameNumber(want, got) {
			return want, path
		}
		return nil, nil
	}
	for i, item := range want.Items {
		at := append(path[:len(path):len(path)], member(want, i))
		if want.Kind == source.Map && want.Keys[i].Name != got.Keys[i].Name {
			return item, at
		}
		if n, p := difference(item, got.Items[i], at); n != nil {
			return n, p
		}
	}
	return nil, nil
}

// member is the step to an item in a path.
func member(n *source.Node, i int) string {
	if n.Kind == source.Map {
		return n.Keys[i].Name
	}
	return strconv.Itoa(i)
}

func number(k source.Kind) bool { return k == source.Int || k == source.Float }

func sameKind(a, b source.Kind) bool { return a == b || number(a) && number(b) }

func sameNumber(a, b *source.Node) bool {
	if !number(a.Kind) {
		return false
	}
	x, okX := new(big.Rat).SetString(a.Text)
	y, okY := new(big.Rat).SetString(b.Text)
	return okX && okY && x.Cmp(y) == 0
}
