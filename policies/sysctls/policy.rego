# METADATA
# scope: package
# title: Kernel settings
# description: >-
#   A Pod sets only kernel settings that are its own and harm no other Pod of the node. Control of the Pod Security Standard
#   baseline, with the settings that Kubernetes 1.37 allows; servers before that refuse net.ipv4.tcp_slow_start_after_idle
#   and net.ipv4.tcp_notsent_lowat. In Otomi: psp-forbidden-sysctls, which never found anything.
# custom:
#   id: sysctls
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
#         description: Settings that may be set, as Kubernetes writes them; * at the end stands for anything
#         items: {type: string, minLength: 1}
#         default:
#           - kernel.shm_rmid_forced
#           - net.ipv4.ip_local_port_range
#           - net.ipv4.ip_local_reserved_ports
#           - net.ipv4.ip_unprivileged_port_start
#           - net.ipv4.ping_group_range
#           - net.ipv4.tcp_fin_timeout
#           - net.ipv4.tcp_keepalive_intvl
#           - net.ipv4.tcp_keepalive_probes
#           - net.ipv4.tcp_keepalive_time
#           - net.ipv4.tcp_notsent_lowat
#           - net.ipv4.tcp_rmem
#           - net.ipv4.tcp_slow_start_after_idle
#           - net.ipv4.tcp_syncookies
#           - net.ipv4.tcp_wmem
#       forbidden:
#         type: array
#         description: Settings that may not be set although allowed has them; * at the end stands for anything
#         items: {type: string, minLength: 1}
#         default: []
#   fix: remove the setting; what a node needs is set on the node
package sysctls

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_pod(sprintf("securityContext.sysctls[%v]%s", [i, below]), problem) if {
	some i, setting in pods.spec.securityContext.sysctls
	some below, problem in wrong(setting)
}

violation contains pods.of_pod("securityContext.sysctls", sprintf("sysctls %s", [problem])) if {
	problem := types.misfit(pods.spec.securityContext.sysctls, "array")
}

violation contains finding if some finding in security.malformed

# What is wrong with a setting, by the field below it.
wrong(setting) := {".name": sprintf("the kernel setting %s is not allowed", [setting.name])} if {
	is_string(setting.name)
	not allowed(setting.name)
}

wrong(setting) := {".name": "a kernel setting has no name"} if {
	is_object(setting)
	object.get(setting, "name", null) == null
}

wrong(setting) := {".name": sprintf("the name of a kernel setting %s", [types.misfit(setting.name, "string")])}

wrong(setting) := {"": sprintf("a kernel setting %s", [types.misfit(setting, "object")])}

allowed(name) if {
	security.matches(object.get(input, ["parameters", "allowed"], []), name)
	not security.matches(object.get(input, ["parameters", "forbidden"], []), replace(name, "/", "."))
}
