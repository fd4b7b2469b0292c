# METADATA
# title: Tags that move
# description: |
#   A tag that moves gives two Pods two programs.
# custom:
#   severity: error
#   kinds:
#     - apiGroups: [""]
#       kinds: [Pod]
#     - apiGroups: [apps]
#       kinds: ["*"]
#   parameters:
#     type: object
#     properties:
#       tags:
#         type: array
#         items: {type: string}
#         default: [latest]
#   fix: name a version
package no_latest

import data.lib.pods

violation contains {"msg": msg, "details": {"path": path, "container": c.container.name}} if {
	some c in pods.containers
	banned(c.container.image)
	path := sprintf("%s.image", [c.path])
	msg := sprintf("container %s: the tag of %s moves", [c.container.name, c.container.image])
}
