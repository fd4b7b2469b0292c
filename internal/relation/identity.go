package relation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// identities reports objects that are there more than once, in whatever versions of their group: the last one applied would
// win, and which that is nobody has said.
func (c *check) identities() {
	for i, id := range c.id {
		first := c.ids[id]
		if first == i || id.Name == "" { // a name that is made when the object is created is no other's
			continue
		}
		f := diag.Errorf("duplicate-object", diag.Position{}, "the object is there more than once").WithHint("leave one of them out, or give it another name")
		if one, other := c.objects[first].GetAPIVersion(), c.objects[i].GetAPIVersion(); one != other {
			f.Message = "the object is there more than once, as " + one + " and as " + other
		}
		c.add(i, []string{"metadata", "name"}, c.note(f, first, []string{"metadata", "name"}, "the first one"))
	}
}

// namespaces reports names that are those of no Namespace here, and nearly that of one: a letter too few is a typing error,
// while a namespace of a name of its own may well be in the cluster.
func (c *check) namespaces() {
	declared := map[string]int{}
	var names []string
	for _, i := range c.kinds[object.ID{Kind: "Namespace"}] {
		declared[c.id[i].Name] = i
		names = append(names, c.id[i].Name)
	}
	strange := map[string]int{} // by a name that is not declared, how many objects are there
	for _, id := range c.id {
		strange[id.Namespace]++
	}
	for i, id := range c.id {
		used := id.Namespace
		count := strange[used]
		delete(strange, used) // it is said once, at the first object
		if _, there := declared[used]; there || count == 0 || used == "" || used == "default" || strings.HasPrefix(used, "kube-") {
			continue
		}
		name := c.suggest(used, slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !mistyped(used, n) }))
		if name == "" {
			continue
		}
		f := diag.Warningf("unknown-namespace", diag.Position{}, "no manifest makes the namespace %s", used).WithHint(`did you mean "%s"?`, name)
		if count > 1 {
			f.Message += ", in which " + strconv.Itoa(count) + " objects are"
		}
		c.add(i, []string{"metadata", "namespace"}, c.note(f, declared[name], []string{"metadata", "name"}, "Namespace/%s", name))
	}
}

// mistyped reports whether two names may be one, wrongly written. Names that differ in a number, or in a whole short word,
// as team-a and team-b or app-dev and app-qa do, are two.
func mistyped(a, b string) bool {
	words, others := strings.Split(a, "-"), strings.Split(b, "-")
	if len(words) != len(others) {
		return strings.ReplaceAll(a, "-", "") == strings.ReplaceAll(b, "-", "")
	}
	for i, word := range words {
		other := others[i]
		if word == other {
			continue
		}
		if min(len(word), len(other)) < 4 || strings.Trim(word, "0123456789") == strings.Trim(other, "0123456789") || diag.Suggest(word, []string{other}) == "" {
			return false
		}
	}
	return true
}
