// Package krew pins the version of krew that the tests install the plugin with: bin/kubectl-krew and its validator of manifests.
package krew
