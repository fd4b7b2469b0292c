package relation

import (
	"maps"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// keys checks the keys that a reference names against those of the ConfigMap or Secret. One that is here without any is
// filled by somebody else.
func (c *check) keys(i int, path []string, m map[string]any, at int) {
	wanted := map[string][]string{} // by the field
	if key := text(m, "key"); key != "" {
		wanted[key] = join(path, "key")
	}
	items, _ := m["items"].([]any)
	for n, item := range items {
		entry, _ := item.(map[string]any)
		if key := text(entry, "key"); key != "" {
			wanted[key] = join(path, "items", number(n), "key")
		}
	}
	if len(wanted) == 0 {
		return
	}
	o := c.objects[at]
	there := map[string]bool{}
	for _, field := range []string{"data", "binaryData", "stringData"} {
		for key := range mapOf(o.Object, field) {
			there[key] = true
		}
	}
	if len(there) == 0 {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if there[key] {
			continue
		}
		f := diag.Warningf("missing-key", diag.Position{}, "%s has no key %s", c.id[at], key).WithHint("add the key, unless something in the cluster does")
		if immutable, _ := o.Object["immutable"].(bool); immutable {
			f.Severity, f.Hint = diag.Error, "add the key: to what is immutable nothing else can add it"
		}
		if s := c.suggest(key, slices.Sorted(maps.Keys(there))); s != "" {
			f.Hint = `did you mean "` + s + `"?`
		}
		c.add(i, wanted[key], c.note(f, at, []string{"metadata", "name"}, "%s", c.id[at]))
	}
}
