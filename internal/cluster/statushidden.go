package cluster

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/redact"
)

// conceal hides what the Secrets of a set hold in what people, controllers and the API server say of its objects: whoever asks for the
// status may have no keys that would tell.
func conceal(all []ObjectStatus) {
	if !slices.ContainsFunc(all, func(o ObjectStatus) bool { return o.Reason != "" || o.Paused != "" }) {
		return
	}
	var secrets, public []string
	for _, o := range all {
		secrets, public = append(secrets, o.held...), append(public, o.ID.Name, o.ID.Namespace)
	}
	r := redact.New(secrets, public)
	for i := range all {
		o := &all[i]
		o.Reason, o.Paused, o.held = r.Text(o.Reason), r.Text(o.Paused), nil
	}
}
