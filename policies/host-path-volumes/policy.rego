# METADATA
# scope: package
# title: Folders of the host
# description: >-
#   No Pod mounts a folder of its node: the node's keys, logs, sockets and other Pods' volumes lie there. Control of the Pod
#   Security Standard baseline. In Otomi: psp-host-filesystem, in which an empty list allowed every folder; here it allows
#   none.
# custom:
#   id: host-path-volumes
#   severity: error
#   preset: baseline
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
#         description: Folders of the node that may be mounted, with all that is below them
#         items:
#           type: object
#           required: [pathPrefix]
#           additionalProperties: false
#           properties:
#             pathPrefix:
#               description: The folder, as /var/log; /var/log-old is not below it
#               type: string
#               pattern: ^/
#             readOnly:
#               description: Whether every container has to mount it with readOnly
#               type: boolean
#               default: false
#         default: []
#   fix: use a PersistentVolumeClaim, a ConfigMap or an emptyDir; or add the folder to the policy's parameter allowed
package host_path_volumes

import data.lib.pods
import data.lib.types

violation contains pods.of_pod(sprintf("volumes[%v].hostPath", [i]), problem) if {
	some i, volume in pods.spec.volumes
	volume.hostPath != null
	not allowed(volume)
	problem := sprintf("volume %v is %s of the host", [object.get(volume, "name", ""), folder(volume.hostPath)])
}

violation contains pods.of_pod("volumes", sprintf("volumes %s", [problem])) if {
	problem := types.misfit(pods.spec.volumes, "array")
}

violation contains pods.of_pod(sprintf("volumes[%v]", [i]), sprintf("a volume %s", [problem])) if {
	some i, volume in pods.spec.volumes
	problem := types.misfit(volume, "object")
}

violation contains finding if some finding in pods.malformed

allowed(volume) if {
	path := volume.hostPath.path
	is_string(path)
	not ".." in split(path, "/")
	some entry in object.get(input, ["parameters", "allowed"], [])
	startswith(sprintf("%s/", [trim_right(path, "/")]), sprintf("%s/", [trim_right(entry.pathPrefix, "/")]))
	not overwritten(entry, volume.name)
}

# The folder may only be read, and a container can write to it.
overwritten(entry, volume) if {
	entry.readOnly == true
	some list in pods.lists
	some container in pods.spec[list]
	some mount in container.volumeMounts
	mount.name == volume
	not mount.readOnly == true
}

folder(host) := sprintf("the folder %s", [host.path]) if {
	is_string(host.path)
} else := "a folder"
