# METADATA
# scope: package
# title: Host processes of Windows
# description: >-
#   A container that is a host process runs on the Windows node as one of its own processes, with its network and with the
#   rights of the account it names. Control of the Pod Security Standard baseline.
# custom:
#   id: host-process
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
#   fix: remove windowsOptions.hostProcess; only what administers nodes needs it
package host_process

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_pod(concat("", ["securityContext.windowsOptions", below]), problem) if {
	some below, problem in wrong(pods.spec.securityContext.windowsOptions)
}

violation contains pods.of_container(list, i, concat("", ["securityContext.windowsOptions", below]), problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some below, problem in wrong(container.securityContext.windowsOptions)
}

violation contains finding if some finding in security.malformed

# What is wrong with options, by the field below them.
wrong(options) := {".hostProcess": sprintf("windowsOptions.hostProcess %s", [types.misset(options.hostProcess)])}

wrong(options) := {"": sprintf("windowsOptions %s", [types.misfit(options, "object")])}
