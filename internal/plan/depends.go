package plan

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Annotations that name what has to be ready before an object is sent. The second is that of kpt and cli-utils.
const (
	DependsOnKey    = "otomi.io/depends-on"             // KIND/[NS/]NAME[,…]
	KptDependsOnKey = "config.kubernetes.io/depends-on" // GROUP/[namespaces/NS/]KIND/NAME[,…]
)

// CheckOrder finds what is wrong with the annotations by which objects wait for each other and to be ready, as far as that can be told
// without a cluster: Make finds the same and more.
func CheckOrder(objects []object.Object) diag.Findings {
	m := newMaker(Input{Desired: objects})
	m.depends()
	return append(CheckWaits(objects), m.plan.Findings...)
}

// depends finds out what the desired objects wait for by annotation and holds it to the order that everything else follows.
func (m *maker) depends() {
	d := &dependencies{maker: m, named: map[string][]object.Object{}, of: map[object.ID][]object.ID{}}
	for _, o := range m.in.Desired {
		if localConfig(o) {
			continue
		}
		d.all = append(d.all, o)
		if o.GetKind() == "CustomResourceDefinition" {
			d.definitions = append(d.definitions, o)
		} else {
			d.named[o.GetName()] = append(d.named[o.GetName()], o)
		}
	}
	for _, o := range d.all {
		d.read(o)
	}
	if len(d.of) == 0 {
		return
	}
	d.cycles()
	for i := range m.plan.Actions {
		m.plan.Actions[i].DependsOn = d.of[m.plan.Actions[i].ID]
	}
}

// dependencies are what annotations say, looked up.
type dependencies struct {
	*maker
	all, definitions []object.Object
	named            map[string][]object.Object // without definitions, which say what kinds are called
	of               map[object.ID][]object.ID
	lists            sync.Map // of positions
}

func (d *dependencies) read(o object.Object) {
	for _, form := range []struct {
		key   string
		parse func(string) (object.Reference, error)
	}{{DependsOnKey, object.ParseReference}, {KptDependsOnKey, parseKptDependency}} {
		for text := range strings.SplitSeq(o.GetAnnotations()[form.key], ",") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			r, err := form.parse(text)
			if err != nil {
				d.wrong("invalid-dependency", o, form.key, err.Error(), "")
				continue
			}
			d.depend(o, r, form.key)
		}
	}
}

func parseKptDependency(text string) (object.Reference, error) {
	parts := strings.Split(text, "/")
	switch {
	case len(parts) == 3 && parts[1] != "" && parts[2] != "":
		return object.Reference{Group: parts[0], Kind: strings.ToLower(parts[1]), Name: parts[2]}, nil
	case len(parts) == 5 && parts[1] == "namespaces" && !slices.Contains(parts[2:], ""):
		return object.Reference{Group: parts[0], Kind: strings.ToLower(parts[3]), Namespace: parts[2], Name: parts[4]}, nil
	default:
		return object.Reference{}, fmt.Errorf("want GROUP/KIND/NAME or GROUP/namespaces/NAMESPACE/KIND/NAME, not %q", text)
	}
}

// depend notes that an object waits for another, if that can be.
func (d *dependencies) depend(o object.Object, r object.Reference, key string) {
	other, finding := d.find(o, r)
	if finding != nil {
		d.wrong("unknown-dependency", o, key, finding.Message, finding.Hint)
		return
	}
	id, on := o.ID(), other.ID()
	switch {
	case id == on:
		d.wrong("dependency-order", o, key, "an object cannot wait for itself", "")
	case Definition(id) && !Definition(on):
		d.wrong("dependency-order", o, key, fmt.Sprintf("%s cannot wait for %s: namespaces and definitions go before everything else", id, on), "")
	case !Definition(on) && other.Runlevel > o.Runlevel:
		d.wrong("dependency-order", o, key, fmt.Sprintf("%s of runlevel %s cannot wait for %s, which comes later, in runlevel %s", id, o.Runlevel, on, other.Runlevel),
			"move one of the releases to another runlevel")
	case d.selected(o.Release, o.Runlevel) && !d.selected(other.Release, other.Runlevel) && d.in.Observed.Objects[on] == nil:
		d.wrong("dependency-order", o, key, fmt.Sprintf("it waits for %s, which does not exist yet and is not selected", on), "select its release, too")
	case !slices.Contains(d.of[id], on):
		d.of[id] = append(d.of[id], on)
	}
}

// find looks an object up among those of its name, in the namespace of the one that waits first.
func (d *dependencies) find(o object.Object, r object.Reference) (object.Object, *diag.Finding) {
	near := append(slices.Clone(d.definitions), d.named[r.Name]...)
	here := r
	if here.Namespace == "" {
		here.Namespace = o.GetNamespace()
	}
	if found, finding := here.Find(near); finding == nil {
		return found, nil
	}
	found, finding := r.Find(near)
	if finding == nil || finding.Rule == "ambiguous-object" {
		return found, finding
	}
	return here.Find(d.all) // which may know what was meant
}

func (d *dependencies) wrong(rule string, o object.Object, key, message, hint string) {
	f := diag.Errorf(rule, object.NewLocator(o, &d.lists).Place(annotation(key)), "%s: %s", key, message).WithPath(annotation(key))
	f.Object, f.Hint = o.ID().String(), hint
	d.plan.Findings = append(d.plan.Findings, f)
}
