package schema

import (
	"net/url"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// local lets references that call the file by its own $id, in full or relative to it, lead within it, for united it has
// the $id of one of several.
func local(root *source.Node) *source.Node {
	id, _, _ := strings.Cut(text(root.Get("$id")), "#")
	base, err := (&url.URL{Path: "/"}).Parse(id) // one that is relative is to something, as references to it are
	if _, bases := names(root); id == "" || bases || err != nil {
		return root
	}
	return rewrite(root, func(n *source.Node) *source.Node {
		to, fragment, _ := strings.Cut(text(n.Get("$ref")), "#")
		full, err := base.Parse(to)
		if to == "" || err != nil || full.String() != base.String() {
			return n
		}
		return referTo(n, "#"+fragment)
	})
}

// names are the paths of the schemas that have a name within the file, and whether a schema in it has another base, which
// only the compiler goes by.
func names(root *source.Node) (anchors map[string][]string, bases bool) {
	anchors = map[string][]string{}
	walk(root, nil, func(n *source.Node, path []string) {
		for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
			if name := text(n.Get(keyword)); name != "" {
				anchors[name] = path
			}
		}
		id := text(n.Get("$id"))
		name, isAnchor := strings.CutPrefix(id, "#") // in draft 7
		if isAnchor && name != "" {
			anchors[name] = path
		}
		bases = bases || len(path) > 0 && id != "" && !isAnchor
	})
	return anchors, bases
}

// addresses are what the references of a document call its schemas by.
type addresses struct {
	id      string
	anchors map[string][]string
}

func addressesOf(root *source.Node) addresses {
	id, _, _ := strings.Cut(text(root.Get("$id")), "#")
	anchors, _ := names(root)
	return addresses{id, anchors}
}

// path is where a reference leads to within the document.
func (a addresses) path(ref string) ([]string, bool) {
	to, fragment, found := strings.Cut(ref, "#")
	if !found || to != "" && to != a.id {
		return nil, false
	}
	if path, named := a.anchors[fragment]; named {
		return path, true
	}
	return pointer(fragment)
}
