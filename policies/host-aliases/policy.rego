# METADATA
# scope: package
# title: Entries in the hosts file
# description: >-
#   No Pod brings entries of its own for /etc/hosts: with them a name leads elsewhere than DNS says, and nobody who looks at
#   DNS, Services or NetworkPolicies sees where. In Otomi: psp-host-security.
# custom:
#   id: host-aliases
#   severity: error
#   preset: none
#   kinds:
#     - apiGroups: [""]
#       kinds: [Pod, PodTemplate, ReplicationController]
#     - apiGroups: [apps]
#       kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]
#     - apiGroups: [batch]
#       kinds: [Job, CronJob]
#     - apiGroups: [serving.knative.dev]
#       kinds: [Service, Configuration]
#   fix: remove hostAliases; give the name to a Service, or to DNS
package host_aliases

import data.lib.pods

violation contains pods.of_pod("hostAliases", "hostAliases has entries for /etc/hosts") if {
	aliases := pods.spec.hostAliases
	not aliases in {null, []}
}

violation contains finding if some finding in pods.malformed
