package relation

import (
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// index finds objects by their identity, and Pods by their labels.
type index struct {
	id     []object.ID         // of each object
	ids    map[object.ID]int   // the first object of each identity
	kinds  map[object.ID][]int // the objects of each kind
	made   map[object.ID]bool  // what controllers make of objects
	makers map[[2]string][]maker
	pods   []workload
	spaces map[string]*space
	found  map[question][]int
}

// workload is an object that makes Pods.
type workload struct {
	object   int
	template map[string]any
	path     []string // of the template
	labels   labelled
}

// space holds the workloads of a namespace, by places in the index' pods.
type space struct {
	all     []int
	byLabel map[[2]string][]int
}

// question is what a selector was asked for.
type question struct{ namespace, selector string }

// labelled lets selectors read an object's labels as they are.
type labelled map[string]any

// Has reports whether there is a label.
func (l labelled) Has(key string) bool { _, there := l[key]; return there }

// Get is a label's value, or "".
func (l labelled) Get(key string) string { return text(l, key) }

// Lookup is a label's value, and whether there is one.
func (l labelled) Lookup(key string) (string, bool) { return text(l, key), l.Has(key) }

func newIndex(objects []object.Object) index {
	x := index{
		id: make([]object.ID, len(objects)), ids: make(map[object.ID]int, len(objects)), kinds: map[object.ID][]int{},
		made: map[object.ID]bool{}, makers: map[[2]string][]maker{}, spaces: map[string]*space{}, found: map[question][]int{},
	}
	for _, m := range makers() {
		x.makers[[2]string{m.group, m.kind}] = append(x.makers[[2]string{m.group, m.kind}], m)
	}
	scopes := object.BuiltinScopes()
	scopes.AddCRDs(objects)
	for i, o := range objects {
		id := o.ID()
		id.Namespace = scopes.Namespace(o, "") // none for a kind without one, though kubectl would take what it says for an error
		x.id[i] = id
		if _, taken := x.ids[id]; !taken {
			x.ids[id] = i
		}
		x.kinds[kindOf(id)] = append(x.kinds[kindOf(id)], i)
		x.addMade(o)
		if template, path := o.PodTemplate(); template != nil {
			x.addPods(o, workload{object: i, template: template, path: path, labels: mapOf(template, "metadata", "labels")})
		}
	}
	return x
}

func (x *index) addPods(o object.Object, w workload) {
	s := x.spaces[o.GetNamespace()]
	if s == nil {
		s = &space{byLabel: map[[2]string][]int{}}
		x.spaces[o.GetNamespace()] = s
	}
	at := len(x.pods)
	x.pods = append(x.pods, w)
	s.all = append(s.all, at)
	for key := range w.labels {
		label := [2]string{key, w.labels.Get(key)}
		s.byLabel[label] = append(s.byLabel[label], at)
	}
}

// near are the names under which a namespace's objects may stand: those without one get theirs when they are applied. What
// has none in a cluster is found there too.
func near(namespace string) [2]string {
	if namespace == "" {
		return [2]string{"", "default"}
	}
	return [2]string{namespace, ""}
}

// lookup finds an object by its identity, -1 where controllers make it, and whether there is one.
func (x *index) lookup(id object.ID) (at int, found bool) {
	namespace := id.Namespace
	for _, id.Namespace = range near(namespace) {
		if i, there := x.ids[id]; there {
			return i, true
		}
		if x.made[id] {
			return -1, true
		}
	}
	if id.Kind == "PersistentVolumeClaim" {
		if i := strings.LastIndexByte(id.Name, '-'); i > 0 && strings.Trim(id.Name[i+1:], "0123456789") == "" {
			return x.lookup(object.ID{Kind: claimSeries, Namespace: namespace, Name: id.Name[:i]})
		}
	}
	return -1, false
}

// match finds the workloads whose Pods a selector selects.
func (x *index) match(namespace string, s labels.Selector) []int {
	key := question{namespace, s.String()}
	if found, known := x.found[key]; known {
		return found
	}
	var found []int
	for _, name := range near(namespace) {
		space := x.spaces[name]
		if space == nil {
			continue
		}
		for _, at := range space.candidates(s) {
			if s.Matches(x.pods[at].labels) {
				found = append(found, at)
			}
		}
	}
	x.found[key] = found
	return found
}

// candidates are the fewest workloads among which all those are that the selector selects.
func (s *space) candidates(selector labels.Selector) []int {
	fewest := s.all
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		value, exact := exactly(r)
		if list := s.byLabel[[2]string{r.Key(), value}]; exact && len(list) < len(fewest) {
			fewest = list
		}
	}
	return fewest
}
