package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// What the API server's own code asks of fields otherwise than OpenAPI says, as DEFINITION.FIELD…: test/e2e/manifests compares
// the two field by field, and is where to look when a version changes.

// optional are fields that OpenAPI calls required and that may be missing.
func optional() []string {
	return []string{
		"core.v1.HTTPHeader.value", "core.v1.Sysctl.value", "core.v1.LimitRangeSpec.limits", "batch.v1.PodFailurePolicy.rules",
		"apps.v1.ControllerRevision.revision", "storage.v1.CSIDriver.spec", "storage.v1.TokenRequest.audience",
		"apiextensions.v1.CustomResourceDefinitionVersion.served", "meta.v1.GroupResource.group",
	}
}

// required are fields that OpenAPI calls optional and that must be there.
func required() []string {
	return []string{
		"core.v1.Pod.spec", "core.v1.PodTemplateSpec.spec", "core.v1.Container.image", "core.v1.EphemeralContainer.image",
		"core.v1.PersistentVolume.spec", "core.v1.PersistentVolumeSpec.accessModes,capacity",
		"core.v1.PersistentVolumeClaim.spec", "core.v1.PersistentVolumeClaimSpec.accessModes,resources", "core.v1.VolumeResourceRequirements.requests",
		"core.v1.ConfigMapEnvSource.name", "core.v1.SecretEnvSource.name", "core.v1.ConfigMapKeySelector.name", "core.v1.SecretKeySelector.name",
		"core.v1.ConfigMapVolumeSource.name", "core.v1.SecretVolumeSource.secretName",
		"apps.v1.Deployment.spec", "apps.v1.StatefulSet.spec", "apps.v1.DaemonSet.spec", "apps.v1.ReplicaSet.spec",
		"batch.v1.Job.spec", "batch.v1.CronJob.spec", "batch.v1.JobTemplateSpec.spec",
		"apps.v1.ReplicaSetSpec.template", "apps.v1.ControllerRevision.data", "core.v1.PodTemplate.template", "core.v1.ExecAction.command",
		"networking.v1.IngressServiceBackend.port", "networking.v1.IngressClassSpec.controller", "rbac.v1.AggregationRule.clusterRoleSelectors",
		"certificates.v1.CertificateSigningRequestSpec.usages", "admissionregistration.v1.RuleWithOperations.apiGroups,apiVersions,operations,resources",
		"autoscaling.v1.HorizontalPodAutoscaler.spec", "autoscaling.v2.HorizontalPodAutoscaler.spec",
	}
}

// choices are the values of fields that are no enumeration in Go.
func choices() map[string][]string {
	return map[string][]string{
		"core.v1.ContainerResizePolicy.resourceName":                                     {"cpu", "memory"},
		"core.v1.ContainerResizePolicy.restartPolicy":                                    {"NotRequired", "RestartContainer"},
		"core.v1.Container.restartPolicy":                                                {"Always", "Never", "OnFailure"},
		"apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted,whenScaled": {"Delete", "Retain"},
		"autoscaling.v2.HPAScalingRules.selectPolicy":                                    {"Disabled", "Max", "Min"},
		"autoscaling.v2.HPAScalingPolicy.type":                                           {"Percent", "Pods"},
		"meta.v1.LabelSelectorRequirement.operator":                                      {"DoesNotExist", "Exists", "In", "NotIn"},
	}
}

// warned are kinds that the API server warns of though their lifecycle does not say so.
func warned() map[openapi.GVK]openapi.Lifecycle {
	return map[openapi.GVK]openapi.Lifecycle{
		{Version: "v1", Kind: "Endpoints"}: {Deprecated: 33, Replacement: openapi.GVK{Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice"}},
	}
}

// byHand corrects the definitions of one version and notes what it looked for in vain: not every version has everything.
func (t *table) byHand(all map[string]*openapi.Schema) {
	correct := func(at string, how func(d *openapi.Schema, fields []string)) {
		if d, fields := find(all, at); d != nil {
			how(d, fields)
			return
		}
		t.missed[at]++
	}
	for _, at := range optional() {
		correct(at, func(d *openapi.Schema, fields []string) {
			d.Required = slices.DeleteFunc(d.Required, func(f string) bool { return slices.Contains(fields, f) })
		})
	}
	for _, at := range required() {
		correct(at, func(d *openapi.Schema, fields []string) {
			d.Required = append(d.Required, fields...)
			slices.Sort(d.Required)
			d.Required = slices.Compact(d.Required)
		})
	}
	for at, values := range choices() {
		correct(at, func(d *openapi.Schema, fields []string) {
			for _, f := range fields {
				d.Fields[f].Enum = values
			}
		})
	}
}

// stale names a correction that holds for no version.
func (t *table) stale() error {
	for at, times := range t.missed {
		if times == len(t.minors) {
			return fmt.Errorf("no version has %s", at)
		}
	}
	return nil
}

// find finds the definition and the names of fields that it has.
func find(all map[string]*openapi.Schema, at string) (*openapi.Schema, []string) {
	dot := strings.LastIndex(at, ".")
	var d *openapi.Schema
	for _, module := range []string{"api", "apimachinery.pkg.apis", "apiextensions-apiserver.pkg.apis"} {
		d = cmp.Or(d, all["io.k8s."+module+"."+at[:dot]])
	}
	fields := strings.Split(at[dot+1:], ",")
	if d == nil || slices.ContainsFunc(fields, func(f string) bool { return d.Fields[f] == nil }) {
		return nil, nil
	}
	return d, fields
}
