// Package stages holds the lives of simulated objects as kwok Stages: what a kubelet would have done to a Node and its Pods.
package stages

import "embed"

// FS holds one Stage per YAML file, and in parts.gotmpl the templates that those of Pods share.
//
//go:embed *.yaml parts.gotmpl
var FS embed.FS
