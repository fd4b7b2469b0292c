package inventory

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Memory is what charts' random and clock functions returned. It holds passwords and private keys, and no passwords that
// charts passed to them: of arguments there is a digest, keyed by the salt.
type Memory struct {
	Salt   []byte       `json:"salt,omitempty"`
	Values []Remembered `json:"values,omitempty"` // in order of Call
}

// Call is one call of a random or clock function.
type Call struct {
	Release  string `json:"release"`
	Function string `json:"function"`
	Args     string `json:"args"`            // digest of the arguments
	Order    int    `json:"order,omitempty"` // which of the release's calls with these arguments, from 0
}

// Remembered is what a call returned.
type Remembered struct {
	Call
	Value string `json:"value"`         // as text; of a certificate, the certificate
	Key   string `json:"key,omitempty"` // a certificate's private key
}

// String leaves out the value, which is a secret.
func (r Remembered) String() string { return fmt.Sprintf("%s of release %s", r.Function, r.Release) }

// GoString does too.
func (r Remembered) GoString() string { return r.String() }

// Compare orders by release, function, arguments and order.
func (c Call) Compare(other Call) int {
	return cmp.Or(cmp.Compare(c.Release, other.Release), cmp.Compare(c.Function, other.Function),
		cmp.Compare(c.Args, other.Args), cmp.Compare(c.Order, other.Order))
}

// ByCall are the values by the calls that returned them.
func (m Memory) ByCall() map[Call]Remembered {
	values := make(map[Call]Remembered, len(m.Values))
	for _, v := range m.Values {
		values[v.Call] = v
	}
	return values
}

// SetValues replaces the values and puts them in order.
func (m *Memory) SetValues(values map[Call]Remembered) {
	m.Values = slices.SortedFunc(maps.Values(values), func(a, b Remembered) int { return a.Compare(b.Call) })
}

// Equal reports whether both remember the same.
func (m Memory) Equal(other Memory) bool {
	return bytes.Equal(m.Salt, other.Salt) && slices.Equal(m.Values, other.Values)
}

// With is what either remembers; where both do, the newer counts.
func (m Memory) With(newer Memory) Memory {
	all := m.ByCall()
	maps.Copy(all, newer.ByCall())
	both := Memory{Salt: newer.Salt}
	if len(both.Salt) == 0 {
		both.Salt = m.Salt
	}
	both.SetValues(all)
	return both
}
