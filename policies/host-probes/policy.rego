# METADATA
# scope: package
# title: Hosts of probes
# description: >-
#   Probes and lifecycle hooks go to the Pod itself. With a host of their own they make the node's kubelet send requests
#   wherever the Pod's author says, from inside the cluster's network. Control of the Pod Security Standard baseline since
#   Kubernetes 1.34.
# custom:
#   id: host-probes
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
#         description: Hosts that probes and hooks may name, as 127.0.0.1 for Pods with hostNetwork
#         items: {type: string, minLength: 1}
#         default: []
#   fix: remove host, so that the request goes to the Pod; a host name for HTTP is the header Host in httpHeaders
package host_probes

import data.lib.pods
import data.lib.types

violation contains pods.of_container(list, i, field, problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some probe in ["livenessProbe", "readinessProbe", "startupProbe"]
	some below, problem in wrong(container[probe], probe)
	field := concat("", [probe, below])
}

violation contains pods.of_container(list, i, field, problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	lifecycle := container.lifecycle
	some hook in ["postStart", "preStop"]
	some below, problem in wrong(lifecycle[hook], hook)
	field := sprintf("lifecycle.%s%s", [hook, below])
}

violation contains pods.of_container(list, i, "lifecycle", sprintf("lifecycle %s", [problem])) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := types.misfit(container.lifecycle, "object")
}

violation contains finding if some finding in pods.malformed

# What is wrong with a probe or a hook, by the field below it.
wrong(handler, name) := {concat("", [".", action, below]): problem |
	some action in ["httpGet", "tcpSocket"]
	some below, problem in astray(handler[action], name)
} if {
	is_object(handler)
}

wrong(handler, name) := {"": sprintf("%s %s", [name, types.misfit(handler, "object")])}

astray(action, name) := {".host": sprintf("%s goes to the host %s", [name, action.host])} if {
	is_string(action.host)
	action.host != ""
	not action.host in object.get(input, ["parameters", "allowed"], [])
}

astray(action, name) := {".host": sprintf("%s: host %s", [name, types.misfit(action.host, "string")])}

astray(action, name) := {"": sprintf("%s: the request %s", [name, types.misfit(action, "object")])}
