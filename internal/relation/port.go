package relation

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// unknownPort is a port that the other side does not have.
const unknownPort = "unknown-port"

// containerPort is a port that a container says it has.
type containerPort struct {
	name, protocol string
	number         int64
}

// portsOf are the ports of a workload's Pods. Of init containers those that keep running count.
func portsOf(w workload) []containerPort {
	var ports []containerPort
	for _, field := range []string{"containers", "initContainers"} {
		each(w.template["spec"], []string{field, "*"}, nil, func(v any, _ []string) {
			container, _ := v.(map[string]any)
			if field == "initContainers" && container["restartPolicy"] != "Always" {
				return
			}
			each(container["ports"], []string{"*"}, nil, func(v any, _ []string) {
				m, _ := v.(map[string]any)
				number, _ := m["containerPort"].(int64)
				ports = append(ports, containerPort{text(m, "name"), protocol(m), number})
			})
		})
	}
	return ports
}

func protocol(port map[string]any) string {
	if p := text(port, "protocol"); p != "" {
		return p
	}
	return "TCP"
}

// targets holds a Service's ports against those of the Pods that it selects.
func (c *check) targets(i int, spec map[string]any, found []int) {
	ports, _ := spec["ports"].([]any)
	for n, v := range ports {
		port, _ := v.(map[string]any)
		path := []string{"spec", "ports", number(n), "targetPort"}
		switch target := port["targetPort"].(type) {
		case string:
			if _, err := strconv.Atoi(target); err != nil {
				c.targetName(i, path, target, protocol(port), found)
			}
		case int64:
			c.targetNumber(i, path, target, protocol(port), found)
		case nil:
			if number, isNumber := port["port"].(int64); isNumber {
				c.targetNumber(i, path[:3], number, protocol(port), found)
			}
		}
	}
}

// targetName says that no container has a port of the name: the Service would lead nowhere.
func (c *check) targetName(i int, path []string, name, protocol string, found []int) {
	var names []string
	for _, at := range found {
		for _, p := range portsOf(c.pods[at]) {
			if p.name == name && p.protocol == protocol {
				return
			}
			if p.name != "" && p.protocol == protocol {
				names = append(names, p.name)
			}
		}
	}
	f := diag.Warningf(unknownPort, diag.Position{}, "no container that the Service selects has a %s port %q", protocol, name).
		WithHint("give the container's port this name")
	if s := c.suggest(name, names); s != "" {
		f.Hint = `did you mean "` + s + `"?`
	} else if len(names) == 1 {
		f.Hint = "the container's port is called " + strconv.Quote(names[0])
	}
	c.add(i, path, c.pointAtPods(f, found))
}

// targetNumber says that every selected Pod tells its ports, and none this one. Containers need not tell them, so it may
// work all the same.
func (c *check) targetNumber(i int, path []string, number int64, protocol string, found []int) {
	for _, at := range found {
		ports := portsOf(c.pods[at])
		if len(ports) == 0 || slices.ContainsFunc(ports, func(p containerPort) bool { return p.number == number && p.protocol == protocol }) {
			return
		}
	}
	f := diag.Infof(unknownPort, diag.Position{}, "no container that the Service selects tells of a %s port %d", protocol, number).
		WithHint("set targetPort to a port that the container listens on")
	c.add(i, path, c.pointAtPods(f, found))
}

// pointAtPods adds where the first workload has its containers.
func (c *check) pointAtPods(f diag.Finding, found []int) diag.Finding {
	w := c.pods[found[0]]
	path := join(w.path, "spec", "containers")
	return c.note(f, w.object, path, "%s of %s", source.Path(path), c.id[w.object])
}

// port holds the port that a reference names against those of the Service.
func (c *check) port(i int, path []string, wanted any, at int) {
	spec := mapOf(c.objects[at].Object, "spec")
	if m, isMap := wanted.(map[string]any); isMap {
		for _, field := range []string{"name", "number"} {
			if v := m[field]; v != nil && v != "" {
				wanted, path = v, join(path, field)
			}
		}
	}
	ports, _ := spec["ports"].([]any)
	if spec["type"] == "ExternalName" && len(ports) == 0 {
		return
	}
	has, names := holds(ports, wanted)
	if has {
		return
	}
	f := diag.Warningf(unknownPort, diag.Position{}, "%s has no port %v", c.id[at], wanted).WithHint("name one of the Service's ports")
	if s := c.suggest(fmt.Sprint(wanted), names); s != "" {
		f.Hint = `did you mean "` + s + `"?`
	}
	c.add(i, path, c.note(f, at, []string{"spec", "ports"}, "the ports of %s", c.id[at]))
}

// holds reports whether a Service's ports hold a name or a number, and lists their names. Of what is neither, the schema says
// that it is wrong.
func holds(ports []any, wanted any) (has bool, names []string) {
	name, isName := wanted.(string)
	number, isNumber := wanted.(int64)
	for _, v := range ports {
		port, _ := v.(map[string]any)
		if have, _ := port["port"].(int64); isNumber && have == number || isName && text(port, "name") == name {
			return true, nil
		}
		names = append(names, text(port, "name"))
	}
	return !isName && !isNumber, names
}
