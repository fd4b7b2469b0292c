# The programs that the build and the tests run, each pinned and built from the Go module proxy. Make builds a tool again when this
# file changes. The versions of helm and kustomize are those of the libraries in go.mod: the tests compare the two.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
HELM          := helm.sh/helm/v3/cmd/helm@v3.22.0
KUSTOMIZE     := sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
# Gatekeeper, against which the tests hold what `policy export` writes.
GATEKEEPER    := github.com/open-policy-agent/gatekeeper/v3@v3.23.1
# What judges by the same constraints and rules as we do, for tests and benchmarks that compare.
GATOR         := $(subst /v3@,/v3/cmd/gator@,$(GATEKEEPER))
CONFTEST      := github.com/open-policy-agent/conftest@v0.71.1
# Another that checks schemas, for the benchmarks only.
KUBECONFORM   := github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
# What pushes the images of a release; the library that assembles them.
CRANE         := github.com/google/go-containerregistry/cmd/crane@v0.22.1
