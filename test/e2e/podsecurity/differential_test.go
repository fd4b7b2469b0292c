// Package podsecurity holds our policies of Pod Security against Kubernetes itself: the admission of a real API server, and
// the evaluator inside it for what the server refuses to look at.
package podsecurity

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	psa "k8s.io/pod-security-admission/policy"

	"github.com/otomi/kubectl-otomi/internal/policy"
)

// TestControls compares every control with Kubernetes' newest form of it, Pod by Pod.
func TestControls(t *testing.T) {
	j, ids := newJudge(t), controls()
	pods := table()
	if len(pods) < 900 {
		t.Fatalf("the table has %d Pods; it has lost some", len(pods))
	}
	ours := map[string][]verdict{}
	for _, preset := range []string{policy.Baseline, policy.Restricted} {
		ours[preset] = j.judges(t, preset, objects(pods))
	}
	for _, check := range psa.DefaultChecks() {
		policies := ids[check.ID]
		if policies == nil {
			t.Errorf("Kubernetes has a check %s (%s), for which there is no policy", check.ID, check.Level)
			continue
		}
		newest := check.Versions[len(check.Versions)-1]
		verdicts := map[bool]int{}
		for i, p := range pods {
			object := typed(t, p.object)
			want := newest.CheckPod(&object.ObjectMeta, &object.Spec)
			verdicts[want.Allowed]++
			denied := ours[string(check.Level)][i]
			got := !slices.ContainsFunc(policies, func(id string) bool { return denied[id] != "" })
			if check.ID == "seccompProfile_restricted" && p.base == windows && denied["seccomp"] != "" {
				continue // windowsOnly
			}
			if got != want.Allowed {
				t.Errorf("%s: policies %v allow it: %t (%v), Kubernetes' %s: %t (%s: %s)", p.name, policies, got, denied, check.ID, want.Allowed,
					want.ForbiddenReason, want.ForbiddenDetail)
			}
		}
		if verdicts[true] < 10 || verdicts[false] < 2 {
			t.Errorf("Kubernetes' %s allows %d Pods of the table and denies %d", check.ID, verdicts[true], verdicts[false])
		}
	}
}

// TestAdmission has the API server admit or deny every Pod, and compares the verdict with ours. A Pod that the server
// refuses before it asks Pod Security, as one with fields that contradict each other, is left to the evaluator.
func TestAdmission(t *testing.T) {
	j, s := newJudge(t), newServer(t)
	counts, pods := map[string]int{}, table()
	for _, preset := range []string{policy.Baseline, policy.Restricted} {
		for i, denied := range j.judges(t, preset, objects(pods)) {
			p := pods[i]
			got, words := s.admits(t, preset, p)
			want := got == forbidden
			if got == refused {
				words = evaluated(t, preset, p.object)
				want = words != ""
			}
			counts[string(got)]++
			counts[string(got)+" in "+p.place]++
			if want == (len(denied) > 0) {
				continue
			}
			reason := known(got, p, denied)
			if counts[reason]++; reason == "" {
				t.Errorf("%s, %s: the server has it %s (%s), our policies deny it with %v", preset, p.name, got, words, denied)
			}
		}
	}
	t.Log(counts)
	for what, least := range map[string]int{
		"admitted": 1000, "forbidden": 1000, "admitted in ephemeralContainers": 100, "forbidden in ephemeralContainers": 100, later: 1, windowsOnly: 1,
	} {
		if counts[what] < least {
			t.Errorf("%s: %d Pods, want at least %d", what, counts[what], least)
		}
	}
}

// The reasons for which a verdict may be another.
const (
	// Kubernetes 1.37 allows two kernel settings more than the server of the test cluster, and so do we.
	later = "allowed since Kubernetes 1.37"
	// The server refuses Pods of Windows that have fields of Linux, so the evaluator of restricted does not look at them. Our
	// policies do, as the evaluator of baseline does.
	windowsOnly = "fields of Linux in Pods of Windows"
)

// known is the reason for a difference; "" when there is none.
func known(got answer, p pod, denied verdict) string {
	sysctl := strings.Contains(p.name, "net.ipv4.tcp_slow_start_after_idle") || strings.Contains(p.name, "net.ipv4.tcp_notsent_lowat")
	switch {
	case got == forbidden && sysctl:
		return later
	case got == refused && p.base == windows && onlyLinuxFields(denied):
		return windowsOnly
	}
	return ""
}

func onlyLinuxFields(denied verdict) bool {
	_, add := denied["capabilities"]
	_, filter := denied["seccomp"]
	return add && len(denied) == 1 || filter && len(denied) == 1
}

// evaluated asks the evaluator of the newest Pod Security why it denies a Pod; "" when it does not.
func evaluated(t *testing.T, preset string, o map[string]any) string {
	t.Helper()
	evaluator, err := psa.NewEvaluator(psa.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	object := typed(t, o)
	result := psa.AggregateCheckResults(evaluator.EvaluatePod(latest(preset), &object.ObjectMeta, &object.Spec))
	if result.Allowed {
		return ""
	}
	return result.ForbiddenDetail()
}

// TestWorkloads wraps Pods in every kind that makes them: there the server warns.
func TestWorkloads(t *testing.T) {
	j, s := newJudge(t), newServer(t)
	for _, p := range []pod{
		in(restricted, ofPod), in(bare, ofPod), in(windows, ofPod),
		in(bare, initial, change{"securityContext.privileged", true}),
		in(restricted, container, change{"securityContext.runAsUser", int64(0)}),
		in(restricted, ofPod, change{"hostPID", true}),
		in(restricted, ofPod).and(change{"metadata.annotations.container.apparmor.security.beta.kubernetes.io/a", "unconfined"}),
	} {
		for _, w := range workloads(p) {
			for _, preset := range []string{policy.Baseline, policy.Restricted} {
				denied := j.judges(t, preset, []map[string]any{w})[0]
				if warned := s.warns(t, preset, w); warned != (len(denied) > 0) {
					t.Errorf("%s, %s in a %v: the server warns: %t, our policies deny it with %v", preset, p.name, w["kind"], warned, denied)
				}
			}
		}
	}
}

// workloads are an object of each kind that makes such Pods.
func workloads(p pod) []map[string]any {
	template := func(policy string) m {
		labels := m{"app": "x"}
		metadata := m{"labels": labels}
		if a, ok := p.object["metadata"].(m)["annotations"]; ok {
			metadata["annotations"] = a
		}
		spec := m{}
		maps.Copy(spec, p.object["spec"].(m))
		spec["restartPolicy"] = policy
		return m{"metadata": metadata, "spec": spec}
	}
	selector := m{"matchLabels": m{"app": "x"}}
	always, never := template(string(corev1.RestartPolicyAlways)), template(string(corev1.RestartPolicyNever))
	return []map[string]any{
		{"apiVersion": "apps/v1", "kind": "Deployment", "spec": m{"selector": selector, "template": always}},
		{"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": m{"selector": selector, "serviceName": "x", "template": always}},
		{"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": m{"selector": selector, "template": always}},
		{"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": m{"selector": selector, "template": always}},
		{"apiVersion": "v1", "kind": "ReplicationController", "spec": m{"selector": m{"app": "x"}, "template": always}},
		{"apiVersion": "v1", "kind": "PodTemplate", "template": always},
		{"apiVersion": "batch/v1", "kind": "Job", "spec": m{"template": never}},
		{"apiVersion": "batch/v1", "kind": "CronJob", "spec": m{"schedule": "0 0 * * *", "jobTemplate": m{"spec": m{"template": never}}}},
	}
}
