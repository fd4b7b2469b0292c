package secrets

import "github.com/getsops/sops/v3"

// inlined notes, in the order in which a file is decrypted, which comments stand behind a value. Decrypting makes them forget it,
// and they would move to a line of their own.
func inlined(branches sops.TreeBranches) []bool {
	var inline []bool
	comments(branches, func(c *sops.Comment) { inline = append(inline, c.Inline) })
	return inline
}

// restore puts back what inlined has noted.
func restore(branches sops.TreeBranches, inline []bool) {
	i := 0
	comments(branches, func(c *sops.Comment) {
		if i < len(inline) {
			c.Inline = inline[i]
		}
		i++
	})
}

func comments(branches sops.TreeBranches, visit func(*sops.Comment)) {
	for _, b := range branches {
		commentsOf(b, visit)
	}
}

func commentsOf(v any, visit func(*sops.Comment)) {
	switch v := v.(type) {
	case sops.TreeBranch:
		for i, item := range v {
			if c, ok := item.Key.(sops.Comment); ok {
				visit(&c)
				v[i].Key = c
				continue
			}
			commentsOf(item.Value, visit)
		}
	case []any:
		for i, item := range v {
			if c, ok := item.(sops.Comment); ok {
				visit(&c)
				v[i] = c
				continue
			}
			commentsOf(item, visit)
		}
	}
}
