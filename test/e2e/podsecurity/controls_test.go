package podsecurity

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	psa "k8s.io/pod-security-admission/policy"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// controls are the policies that make up each check of Kubernetes' own, by its id.
func controls() map[psa.CheckID][]string {
	return map[psa.CheckID][]string{
		"allowPrivilegeEscalation":   {"privilege-escalation"},
		"appArmorProfile":            {"apparmor"},
		"capabilities_baseline":      {"capabilities"},
		"capabilities_restricted":    {"drop-capabilities"},
		"hostNamespaces":             {"host-namespaces"},
		"hostPathVolumes":            {"host-path-volumes"},
		"hostPorts":                  {"host-ports"},
		"hostProbesAndHostLifecycle": {"host-probes"},
		"privileged":                 {"privileged"},
		"procMount":                  {"proc-mount"},
		"procMount_restricted":       {"proc-mount-masked"},
		"restrictedVolumes":          {"volume-types"},
		"runAsNonRoot":               {"run-as-non-root"},
		"runAsUser":                  {"non-root-user"},
		"seLinuxOptions":             {"selinux"},
		"seccompProfile_baseline":    {"seccomp"},
		"seccompProfile_restricted":  {"seccomp", "seccomp-required"},
		"sysctls":                    {"sysctls"},
		"windowsHostProcess":         {"host-process"},
	}
}

// judge are our policies of Pod Security, all others off.
type judge struct {
	set      *policy.Set
	settings map[string]policy.Settings // by preset
}

func newJudge(t *testing.T) judge {
	t.Helper()
	set, findings := policy.Load(otomi.Core, nil)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	ours := map[string]bool{}
	for _, ids := range controls() {
		for _, id := range ids {
			ours[id] = true
		}
	}
	off := map[string]policy.Setting{}
	for _, id := range set.IDs() {
		if !ours[id] {
			off[id] = policy.Setting{Off: true}
		}
		delete(ours, id)
	}
	if len(ours) > 0 {
		t.Fatalf("there are no policies %v", slices.Collect(maps.Keys(ours)))
	}
	j := judge{set, map[string]policy.Settings{}}
	for _, preset := range []string{policy.Baseline, policy.Restricted} {
		j.settings[preset] = policy.Settings{Preset: preset, Policies: off}
	}
	return j
}

// verdict are the policies that an object violates, with a message for each.
type verdict map[string]string

// judges has a verdict on each of the objects.
func (j judge) judges(t *testing.T, preset string, objects []map[string]any) []verdict {
	t.Helper()
	verdicts := make([]verdict, len(objects))
	list := make([]object.Object, len(objects))
	index := map[string]int{}
	for i, o := range objects {
		named := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(o)}
		named.SetName(fmt.Sprint(i))
		list[i], verdicts[i] = object.Object{Unstructured: named}, verdict{}
		index[list[i].ID().String()] = i
	}
	for _, f := range j.set.Check(t.Context(), list, j.settings[preset], time.Time{}).Findings {
		if f.Rule == "policy-error" {
			t.Fatalf("Check = %s", f)
		}
		verdicts[index[f.Object]][f.Rule] = f.Path + ": " + f.Message
	}
	return verdicts
}

// objects are the Pods' own.
func objects(pods []pod) []map[string]any {
	list := make([]map[string]any, len(pods))
	for i, p := range pods {
		list[i] = p.object
	}
	return list
}

// typed is the Pod as the API server reads it, with the defaults that matter here.
func typed(t *testing.T, o map[string]any) *corev1.Pod {
	t.Helper()
	var p corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o, &p); err != nil {
		t.Fatalf("read %v: %v", o, err)
	}
	for i := range p.Spec.Volumes {
		if p.Spec.Volumes[i].VolumeSource == (corev1.VolumeSource{}) {
			p.Spec.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	for _, list := range [][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
		for _, c := range list {
			for i := range c.Ports {
				if p.Spec.HostNetwork && c.Ports[i].HostPort == 0 {
					c.Ports[i].HostPort = c.Ports[i].ContainerPort
				}
			}
		}
	}
	return &p
}
