package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/otomi/kubectl-otomi/internal/redact"
)

// shortestName is from which length the name of a secret tells others that end in it: DB_PASSWORD is as secret as password.
const shortestName = 4

// secretNames are what fields are called that hold secrets: as people call them, as the known Secrets call what they hold, and those
// that depend on secrets now.
type secretNames map[string]bool

func newSecretNames() secretNames {
	names := secretNames{}
	for _, name := range []string{"password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "credential", "credentials"} {
		names[name] = true
	}
	return names
}

func (n secretNames) add(name string) {
	if name = letters(name); len(name) >= shortestName {
		n[name] = true
	}
}

// taint adds the names of the fields that depend on secrets.
func (n secretNames) taint(t Taint) {
	switch t := t.(type) {
	case members:
		for key, below := range t {
			if _, text := below.(same); text && key != "value" {
				n.add(key)
			}
			n.taint(below)
		}
	case items:
		for _, x := range t {
			if name, named := x.name.(string); named && x.taint != nil {
				n.add(name)
			}
			n.taint(x.taint)
		}
	}
}

func (n secretNames) has(name string) bool {
	name = letters(name)
	for known := range n {
		if strings.HasSuffix(name, known) {
			return true
		}
	}
	return false
}

// letters are the letters and digits of a name, in lower case: the same name is written in many ways.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// dropped is the present value less what goes with it and is called like a secret: nobody may know any more that it was one. Items of
// lists are told by their names, and what an item calls value has the item's name.
func (m *masker) dropped(before, after any) any {
	switch x := before.(type) {
	case map[string]any:
		stays, _ := after.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(x)) {
			name := key
			if of, named := x["name"].(string); named && key == "value" {
				name = of
			}
			if kept, there := stays[key]; there {
				x[key] = m.dropped(x[key], kept)
				continue
			}
			if x[key] = m.dropped(x[key], nil); m.names.has(name) {
				x[key] = m.gone(x[key])
			}
		}
	case []any:
		stay, _ := after.([]any)
		for i, value := range x {
			var kept any
			if composed(value) {
				kept = item{name: nameOf(value)}.of(stay, i)
			}
			x[i] = m.dropped(value, kept)
		}
	}
	return before
}

// gone is a scalar or a list of them as a mark, unless it is one already. Fields of a map have names of their own.
func (m *masker) gone(v any) any {
	switch x := v.(type) {
	case string:
		if x == "" || redact.Shows(x) {
			return x
		}
		return m.marks.Of(x)
	case []any:
		for i, value := range x {
			x[i] = m.gone(value)
		}
	case int64, float64:
		return m.marks.Of(fmt.Sprint(x))
	}
	return v
}
