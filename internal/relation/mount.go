package relation

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
)

// mounts checks that the volumes that containers mount are there: the API server refuses Pods of which one is not.
func (c *check) mounts(w workload) {
	volumes := map[string]bool{}
	var names []string
	name := func(v any, _ []string) {
		if s, isText := v.(string); isText {
			volumes[s], names = true, append(names, s)
		}
	}
	each(w.template["spec"], []string{"volumes", "*", "name"}, nil, name)
	each(mapOf(c.objects[w.object].Object, "spec")["volumeClaimTemplates"], []string{"*", "metadata", "name"}, nil, name)
	spec := join(w.path, "spec")
	for _, field := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, mount := range []string{"volumeMounts", "volumeDevices"} {
			each(w.template["spec"], []string{field, "*", mount, "*", "name"}, spec, func(v any, path []string) {
				used, isText := v.(string)
				if !isText || volumes[used] {
					return
				}
				f := diag.Errorf("missing-volume", diag.Position{}, "the Pods have no volume %q", used).WithHint("add it to volumes")
				if s := c.suggest(used, names); s != "" {
					f.Hint = `did you mean "` + s + `"?`
				}
				c.add(w.object, path, f)
			})
		}
	}
}
