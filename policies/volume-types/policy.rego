# METADATA
# scope: package
# title: Types of volumes
# description: >-
#   A Pod mounts what belongs to it (configuration, secrets, scratch space) or what it claims. Volumes that name a server or
#   a disk themselves go past quotas, storage classes and whoever decides about them. Control of the Pod Security Standard
#   restricted; it holds hostPath too, which host-path-volumes forbids in baseline.
# custom:
#   id: volume-types
#   severity: error
#   preset: restricted
#   kinds:
#     - apiGroups: [""]
#       kinds: [Pod, PodTemplate, ReplicationController]
#     - apiGroups: [apps]
#       kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]
#     - apiGroups: [batch]
#       kinds: [Job, CronJob]
#     - apiGroups: [serving.knative.dev]
#       kinds: [Service, Configuration]
#   parameters:
#     type: object
#     properties:
#       allowed:
#         type: array
#         description: Types that volumes may have, as their fields are called
#         items: {type: string, minLength: 1}
#         default: [configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected, secret]
#   fix: use a PersistentVolumeClaim, or add the type to the policy's parameter allowed
package volume_types

import data.lib.pods
import data.lib.types

violation contains pods.of_pod(sprintf("volumes[%v].%s", [i, type]), problem) if {
	some i, volume in pods.spec.volumes
	is_object(volume)
	some type, value in volume
	not type in allowed
	value != null
	problem := sprintf("volume %v has the type %s", [object.get(volume, "name", ""), type])
}

violation contains pods.of_pod("volumes", sprintf("volumes %s", [problem])) if {
	problem := types.misfit(pods.spec.volumes, "array")
}

violation contains pods.of_pod(sprintf("volumes[%v]", [i]), sprintf("a volume %s", [problem])) if {
	some i, volume in pods.spec.volumes
	problem := types.misfit(volume, "object")
}

violation contains finding if some finding in pods.malformed

# A volume that has no type is an emptyDir.
violation contains pods.of_pod(sprintf("volumes[%v]", [i]), problem) if {
	not "emptyDir" in allowed
	some i, volume in pods.spec.volumes
	{type | some type, value in volume; value != null} == {"name"}
	problem := sprintf("volume %v has no type, which makes it an emptyDir", [volume.name])
}

allowed := {"name"} | {type | some type in object.get(input, ["parameters", "allowed"], [])}
