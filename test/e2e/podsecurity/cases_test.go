package podsecurity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// pod is a Pod of the table. What differs from its base stands in its name.
type pod struct {
	name   string
	base   string
	place  string // where the field is: pod, container, init or ephemeral
	object map[string]any
}

// The bases that fields are set in.
const (
	bare       = "bare"       // nothing but a container: fits baseline
	restricted = "restricted" // all that restricted asks for
	windows    = "windows"    // restricted, for Windows
)

func bases() []string { return []string{bare, restricted, windows} }

// The places that a field can be in.
const (
	ofPod     = "pod"
	container = "containers"
	initial   = "initContainers"
	ephemeral = "ephemeralContainers"
)

func containers() []string { return []string{container, initial, ephemeral} }

// newPod makes a Pod that fits what its base is made for, with a container in the place.
func newPod(base, place string) map[string]any {
	spec := m{"containers": []any{newContainer(base, "a")}}
	switch base {
	case restricted:
		spec["securityContext"] = m{"runAsNonRoot": true, "seccompProfile": m{"type": "RuntimeDefault"}}
	case windows:
		spec["os"] = m{"name": "windows"}
		spec["securityContext"] = m{"runAsNonRoot": true}
	}
	if place == initial || place == ephemeral {
		spec[place] = []any{newContainer(base, "b")}
	}
	return m{"apiVersion": "v1", "kind": "Pod", "metadata": m{"name": base}, "spec": spec}
}

func newContainer(base, name string) map[string]any {
	c := m{"name": name, "image": "nginx:1", "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"}
	if base == restricted {
		c["securityContext"] = m{"allowPrivilegeEscalation": false, "capabilities": m{"drop": l{"ALL"}}}
	}
	return c
}

type (
	m = map[string]any
	l = []any
)

// change sets a field, by its path.
type change struct {
	path  string
	value any
}

func (c change) String() string { return fmt.Sprintf("%s=%v", c.path, c.value) }

// in makes a Pod with the changes in one place.
func in(base, place string, changes ...change) pod {
	p := pod{base: base, place: place, object: newPod(base, place)}
	spec := p.object["spec"].(map[string]any)
	target := spec
	if place != ofPod {
		target = spec[place].([]any)[0].(map[string]any)
	}
	words := make([]string, len(changes))
	for i, c := range changes {
		set(target, c)
		words[i] = c.String()
	}
	p.name = strings.Join([]string{base, place, strings.Join(words, " ")}, " ")
	return p
}

// and changes the Pod's specification too.
func (p pod) and(changes ...change) pod {
	for _, c := range changes {
		target := p.object
		if !strings.HasPrefix(c.path, "metadata.") {
			target = p.object["spec"].(map[string]any)
		}
		set(target, c)
		p.name += " and " + c.String()
	}
	p.place = ofPod // no longer what an update of ephemeral containers can make
	return p
}

// set makes the maps on the way. The part of an annotation's path after metadata.annotations is its key.
func set(target map[string]any, c change) {
	parts := strings.Split(c.path, ".")
	if strings.HasPrefix(c.path, "metadata.annotations.") {
		parts = strings.SplitN(c.path, ".", 3)
	}
	for _, part := range parts[:len(parts)-1] {
		next, ok := target[part].(map[string]any)
		if !ok {
			next = m{}
			target[part] = next
		}
		target = next
	}
	value := c.value
	switch v := value.(type) { // cases share no values
	case map[string]any:
		value = runtime.DeepCopyJSON(v)
	case []any:
		value = runtime.DeepCopyJSONValue(v)
	}
	target[parts[len(parts)-1]] = value
}

// table are all Pods, by name.
func table() []pod {
	var all []pod
	for _, base := range bases() {
		all = append(all, in(base, ofPod))
		for _, place := range append(containers(), ofPod) {
			for _, c := range contexts() {
				all = append(all, in(base, place, c))
			}
		}
		for _, place := range containers() {
			for _, c := range containerFields() {
				all = append(all, in(base, place, c))
			}
		}
		for _, c := range podFields() {
			all = append(all, in(base, ofPod, c))
		}
		all = append(all, pairs(base)...)
	}
	for _, c := range capabilities() {
		all = append(all, in(bare, container, c), in(restricted, container, c))
	}
	all = append(all, annotated()...)
	byName := map[string]pod{}
	for _, p := range all {
		byName[p.name] = p
	}
	names := slices.Sorted(maps.Keys(byName))
	list := make([]pod, len(names))
	for i, name := range names {
		list[i] = byName[name]
	}
	return list
}
