package ready

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// certificate adds to Ready what cert-manager says of its last attempt: it tries again in an hour, for which nobody waits.
func certificate(u *unstructured.Unstructured, _ time.Time) Status {
	s := meets(u, conditions(u), "Ready")
	if c, found := findCondition(u, "Issuing"); s.State != Ready && found && !c.old(u) && c.Message != "" {
		s.Reason = phrase(c.Message)
		if c.Status == "False" && c.Reason == "Failed" {
			s.State = Failed
		}
	}
	return s
}

func certificateRequest(u *unstructured.Unstructured, _ time.Time) Status {
	for _, kind := range []string{"Denied", "InvalidRequest"} {
		if c, _ := findCondition(u, kind); c.Status == "True" {
			return failed("%s", c.says())
		}
	}
	s := meets(u, conditions(u), "Ready")
	if c, _ := findCondition(u, "Ready"); s.State != Ready && c.Reason == "Failed" {
		s.State = Failed
	}
	return s
}

func keycloak(u *unstructured.Unstructured, _ time.Time) Status {
	if c, _ := findCondition(u, "HasErrors"); c.Status == "True" {
		return inProgress("%s", c.says())
	}
	return meets(u, conditions(u), "Ready")
}

func realmImport(u *unstructured.Unstructured, _ time.Time) Status {
	if c, _ := findCondition(u, "HasErrors"); c.Status == "True" {
		return failed("%s", c.says())
	}
	return meets(u, conditions(u), "Done")
}

// synchronised is the rule of kinds of External Secrets, whose Ready may speak of what they were before the last change. What
// was synchronised they write as GENERATION-HASH.
func synchronised(u *unstructured.Unstructured, _ time.Time) Status {
	s := meets(u, conditions(u), "Ready")
	text, _, dashed := strings.Cut(statusText(u, "syncedResourceVersion"), "-")
	if seen, err := strconv.ParseInt(text, 10, 64); s.State == Ready && dashed && err == nil && seen < u.GetGeneration() {
		return inProgress("generation %d not yet synchronised", u.GetGeneration())
	}
	return s
}

// analysed is the rule of Istio's configuration: it takes effect without anybody reporting it. Where analysis is on, its
// findings are worth showing.
func analysed(u *unstructured.Unstructured, _ time.Time) Status {
	field, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", "validationMessages")
	messages, _ := field.([]any)
	for _, item := range messages {
		m, _ := item.(map[string]any)
		kind, _ := m["type"].(map[string]any)
		if level, _ := m["level"].(string); level == "ERROR" {
			return Status{State: Ready, Reason: fmt.Sprintf("Istio's analysis finds %v %v", kind["code"], kind["name"])}
		}
	}
	return Status{State: Ready}
}

func velero() []kindRule {
	broken := []string{"Failed", "PartiallyFailed", "FailedValidation", "FinalizingPartiallyFailed", "WaitingForPluginOperationsPartiallyFailed"}
	return []kindRule{
		{"Backup Restore", "status.phase is Completed; Failed, PartiallyFailed and FailedValidation are failed", phased([]string{"Completed"}, broken, "phase")},
		{"Schedule", "status.phase is Enabled; FailedValidation is failed", phased([]string{"Enabled"}, broken, "phase")},
		{"BackupStorageLocation", "status.phase is Available", phased([]string{"Available"}, nil, "phase")},
		{"*", atOnce, always},
	}
}

func cloudNativePG() []kindRule {
	return []kindRule{
		{"Cluster", readyIsTrue, postgres},
		{"Pooler", "as many instances run as are asked for", pooler},
		{"Backup", "status.phase is completed; failed is failed", phased([]string{"completed"}, []string{"failed", "walArchivingFailing"}, "phase")},
		{"Database Publication Subscription", "status.applied is true, of the newest generation", applied},
		{"*", atOnce, always},
	}
}

func postgres(u *unstructured.Unstructured, _ time.Time) Status {
	s := meets(u, conditions(u), "Ready")
	if s.State == Ready {
		return s
	}
	have, _, _ := unstructured.NestedInt64(u.Object, "status", "readyInstances")
	want, _, _ := unstructured.NestedInt64(u.Object, "spec", "instances")
	reason := fmt.Sprintf("%d of %s ready", have, plural(int32(want), "instance")) //nolint:gosec // a count of instances
	if phase := statusText(u, "phase"); phase != "" {
		reason += ": " + phrase(phase)
	}
	if why := statusText(u, "phaseReason"); why != "" {
		reason += ": " + phrase(why)
	}
	return inProgress("%s", reason)
}

func pooler(u *unstructured.Unstructured, _ time.Time) Status {
	have, _, _ := unstructured.NestedInt64(u.Object, "status", "instances")
	want, found, _ := unstructured.NestedInt64(u.Object, "spec", "instances")
	if !found {
		want = 1
	}
	if have < want {
		return inProgress("%d of %d instances running", have, want)
	}
	return Status{State: Ready}
}

func applied(u *unstructured.Unstructured, _ time.Time) Status {
	if done, reported, _ := unstructured.NestedBool(u.Object, "status", "applied"); !reported {
		return inProgress("not yet applied")
	} else if !done {
		return inProgress("%s", phrase("cannot be applied: "+statusText(u, "message")))
	}
	return Status{State: Ready}
}
