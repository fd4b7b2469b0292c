package ready

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// requires is the rule of kinds whose controllers always report these conditions: all of them have to be True and speak of the
// newest generation. It has no grace period: until a controller reports, none is at work.
func requires(kinds ...string) rule {
	return func(u *unstructured.Unstructured, _ time.Time) Status { return meets(u, conditions(u), kinds...) }
}

// meets judges by conditions of a list, wherever in the object it stands.
func meets(u *unstructured.Unstructured, list []condition, kinds ...string) Status {
	for _, kind := range kinds {
		i := slices.IndexFunc(list, func(c condition) bool { return c.Type == kind })
		if i < 0 {
			return inProgress("no condition %s yet", kind)
		}
		if s := list[i].met(u); s.State != Ready {
			return s
		}
	}
	return Status{State: Ready}
}

// met is whether the condition is True, of the object's newest generation.
func (c condition) met(u *unstructured.Unstructured) Status {
	switch {
	case c.old(u):
		return inProgress("condition %s is of an earlier generation", c.Type)
	case c.Status != "True":
		return inProgress("%s", cmp.Or(c.says(), fmt.Sprintf("condition %s is %s", c.Type, c.Status)))
	default:
		return Status{State: Ready}
	}
}

func (c condition) old(u *unstructured.Unstructured) bool {
	return c.ObservedGeneration > 0 && c.ObservedGeneration < u.GetGeneration()
}

// decisive is the rule of kinds that report one condition which is Unknown while they are at work: False is the end.
func decisive(kind string) rule {
	return func(u *unstructured.Unstructured, _ time.Time) Status {
		c, _ := findCondition(u, kind)
		s := meets(u, conditions(u), kind)
		if c.Status == "False" && !c.old(u) {
			s.State = Failed
		}
		return s
	}
}

// phased is the rule of kinds that say in one word how they are; status.message or the like may say more.
func phased(good, bad []string, path ...string) rule {
	return func(u *unstructured.Unstructured, _ time.Time) Status {
		word := statusText(u, path...)
		says := word
		for _, field := range []string{"message", "phaseReason", "failureReason"} {
			if text := statusText(u, field); text != "" {
				says += ": " + phrase(text)
				break
			}
		}
		switch {
		case word == "":
			return inProgress("no status yet")
		case slices.Contains(good, word):
			return Status{State: Ready}
		case slices.Contains(bad, word):
			return failed("%s", says)
		default:
			return inProgress("%s", says)
		}
	}
}

// customary is what the conditions say that many controllers report without their kinds being known here. Ready decides where
// there is one; Synced beside it says whether what Ready speaks of is what was asked for.
func customary(u *unstructured.Unstructured) Status {
	list := conditions(u)
	kinds := []string{"Available", "Healthy", "Established", "Installed", "Programmed", "Accepted", "Synced"}
	if slices.ContainsFunc(list, func(c condition) bool { return c.Type == "Ready" }) {
		kinds = []string{"Ready", "Synced"}
	}
	for _, c := range list {
		if slices.Contains(kinds, c.Type) {
			if s := c.met(u); s.State != Ready {
				return s
			}
		}
	}
	return Status{State: Ready}
}
