package plan

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestHolding: what was found is told from what could not be looked for.
func TestHolding(t *testing.T) {
	secret := object.ID{Kind: "Secret", Namespace: "n", Name: "s"}
	pods := object.ID{Kind: "Pod", Namespace: "n", Name: Unseen}
	things := object.ID{Group: "example.com", Kind: "Thing", Namespace: "n", Name: Unseen}
	silent := object.ID{Group: "example.com", Kind: Unseen, Namespace: "n", Name: Unseen}
	for _, c := range []struct {
		strangers []object.ID
		want      string
	}{
		{[]object.ID{secret}, "holds what is not this set's: Secret/n/s"},
		{[]object.ID{pods, things}, "may hold what is not this set's, nobody knows: you lack the right to list these kinds in it: Pod, Thing.example.com"},
		{[]object.ID{silent}, "may hold what is not this set's, nobody knows: these API groups do not answer: example.com"},
		{[]object.ID{secret, pods, silent}, "holds what is not this set's: Secret/n/s; it may hold more, nobody knows: you lack the right to list these kinds in it: Pod; these API groups do not answer: example.com"},
	} {
		if got := Holding(c.strangers); got != c.want {
			t.Errorf("Holding(%v) = %q, want %q", c.strangers, got, c.want)
		}
	}
}
