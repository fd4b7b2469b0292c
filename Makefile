# Everything the project does to itself. It needs Go, git and make; the other tools are built from the Go module proxy into bin/.

include tools/versions.mk

.DEFAULT_GOAL := help
# One thing at a time: go itself uses all cores, and the output stays in order.
.NOTPARALLEL:
.DELETE_ON_ERROR:

# Build, test and lint compile with the same flags, so that nothing is compiled twice. -buildvcs=false: the version comes from
# tools/version.sh, and a checkout that git distrusts still builds. disable_grpc_modules: SOPS links a client of Google's storage,
# which the plugin never calls; without what that client has for gRPC the program is an eighth smaller and starts sooner.
export CGO_ENABLED := 0
export GOFLAGS := $(shell go env GOFLAGS) -trimpath -buildvcs=false -tags=disable_grpc_modules
# The tests, the demo and kubectl find each other's programs here; `kubectl otomi` is bin/kubectl-otomi.
export PATH := $(CURDIR)/bin:$(PATH)

VERSION ?= $(shell tools/version.sh)
MAINS   := $(patsubst %/main.go,./%,$(wildcard kubectl-otomi/main.go krm-functions/*/main.go))
MODULES := $(patsubst %/go.mod,%,$(wildcard ./go.mod test/cluster/go.mod tools/*/go.mod))

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9\/-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the plugin and the functions into bin/
	go build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ $(MAINS)

.PHONY: bin/kubectl-otomi.exe
bin/kubectl-otomi.exe: ## build the plugin for Windows into bin/
	GOOS=windows GOARCH=amd64 go build -gcflags=all=-dwarf=false -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./kubectl-otomi

# A git repository that this folder only lies in says nothing about it.
GIT := GIT_CEILING_DIRECTORIES='$(realpath ..)' git
# How old everything is that is packed: as the commit.
COMMIT_TIME = $(shell $(GIT) log -1 --format=%ct 2>/dev/null || echo 0)

# Programs for every architecture of the images, whatever this machine's is; the tests run this machine's alone.
ARCHES := amd64 arm64
e2e: ARCHES := $(shell go env GOARCH)
# Nobody debugs what is stripped, and without notes for debuggers a release compiles an eighth faster, into a cache a third smaller.
# The tests' images are made of what the tests have compiled already.
UNDEBUGGED := -gcflags=all=-dwarf=false
e2e: UNDEBUGGED :=
.PHONY: images
images: ## assemble the images of the functions and of the plugin into dist/images, and load them into a docker or podman that answers
	@mkdir -p dist
	for arch in $(ARCHES); do export GOOS=linux GOARCH=$$arch; \
		go build $(UNDEBUGGED) -ldflags '-s -w -X main.version=$(VERSION)' -o dist/programs/linux_$$arch/ $(MAINS) && \
		go -C tools/kubectl build $(UNDEBUGGED) -ldflags '$(kubectl_ldflags)' -o '$(CURDIR)'/dist/programs/linux_$$arch/kubectl . || exit; done
	tools/images/packages.sh
	go run ./tools/images -version '$(VERSION)' -revision "$$($(GIT) rev-parse HEAD 2>/dev/null)" -time '$(COMMIT_TIME)' -architectures '$(ARCHES)' $(if $(shell command -v apt-get),-packages dist/packages)

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
.PHONY: release
release: release/version images ## pack what users download into dist/: archives, checksums, bills of materials, krew's manifest, images
	@for p in $(PLATFORMS); do echo "build $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} go build $(UNDEBUGGED) -ldflags '-s -w -X main.version=$(VERSION)' -o "dist/programs/$${p%/*}_$${p#*/}/" ./kubectl-otomi || exit; done
	go run ./tools/release -version '$(VERSION)' -time '$(COMMIT_TIME)'

# Of a version that krew refuses nothing is built.
.PHONY: release/version
release/version:
	go run ./tools/release -version '$(VERSION)' -check

# The other folder is a clone, and what was compiled for the first build is not used again.
.PHONY: release/verify
release/verify: release ## build the release once more, elsewhere and from nothing, and compare the bytes
	tools/verify.sh '$(VERSION)'

# A version with a pre-release part is nobody's latest.
TAGS = $(VERSION) $(if $(findstring -,$(VERSION)),,latest)
# What the workflow of a tag does after release/verify. The images' layouts are pushed as they are, so their digests are those of dist/.
.PHONY: release/publish
release/publish: bin/crane gh ## publish dist/ as the release of the tag, and its images; needs GH_TOKEN and GH_ACTOR
	@printf %s "$$GH_TOKEN" | crane auth login ghcr.io --username "$$GH_ACTOR" --password-stdin
	@for image in dist/images/*/; do $(foreach tag,$(TAGS),crane push "$$image" "ghcr.io/otomi/$$(basename "$$image"):$(tag)" &&) true || exit; done
	gh release create '$(VERSION)' $(if $(filter latest,$(TAGS)),,--prerelease) --verify-tag --generate-notes dist/*.tar.gz dist/*.zip dist/*.spdx.json dist/checksums.txt dist/plugins.yaml dist/otomi.yaml dist/images/digests.txt

# What speaks to GitHub, of Debian: it is no module that go could install.
.PHONY: gh
gh:
	@command -v gh >/dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends gh; }

.PHONY: ci
ci: ## run all that must pass before a change is taken, as the workflow does: installs what is missing, in Debian 12 as root
	.ci/run

.PHONY: test
test: lint vet test-cluster unit e2e ## run everything that checks: lint, vet, units, scripts, end to end

.PHONY: lint
lint: bin/golangci-lint ## run the linters and check the format, in every module
	@failed=0; for m in $(MODULES); do echo "lint $$m"; (cd $$m && golangci-lint run ./...) || failed=1; done; exit $$failed

.PHONY: vet
vet: ## run go vet in every module
	@failed=0; for m in $(MODULES); do echo "vet $$m"; go -C $$m vet ./... || failed=1; done; exit $$failed

# What needs a real cluster is in these packages; the rest is unit.
CLUSTER_TESTS := ./internal/cluster/... ./test/e2e/...
# Tests may be run without make, and then leave out what needs a program that is not built. Here that is a failure.
export OTOMI_E2E := 1

.PHONY: unit
unit: build bin/helm bin/kustomize ## run the tests that need no cluster
	go test $$(go list ./... | grep -v -e /internal/cluster -e /test/e2e)

# Not cached: go does not see that a program in bin/ has changed. The tests mostly wait, so more of them run at a time than there are cores.
.PHONY: e2e
e2e: build images bin/conftest bin/devcluster bin/gatekeeper.yaml bin/gator bin/helm bin/kubectl bin/kubectl-krew bin/kustomize $(if $(wildcard /usr/lib/wine/wine64),bin/kubectl-otomi.exe) $(if $(shell command -v npm),bin/yaml-language-server) ## run the tests against a real cluster
	go test -count=1 -parallel=4 -timeout=30m $(CLUSTER_TESTS)

.PHONY: test-cluster
test-cluster: bin/devcluster ## run the tests of the test cluster itself
	go -C test/cluster test -timeout=20m ./...

# -v: a benchmark that is left out says why.
.PHONY: bench
bench: build images bin/conftest bin/devcluster bin/gator bin/helm bin/kubeconform bin/kubectl bin/kustomize peers ## run the benchmarks, on the project and on its peers; OTOMI_BENCH_FULL=1 adds what takes peers minutes
	@if [ -d bench ]; then go test -v -run='^$$' -bench=. -benchmem -timeout=2h ./bench/...; else echo "no benchmarks: bench/ is missing"; fi

.PHONY: demo
demo: build bin/devcluster bin/kubectl ## install the example on a cluster of its own, change it, and take it down
	hack/demo.sh

.PHONY: fmt
fmt: bin/golangci-lint ## format the Go code
	golangci-lint fmt ./...

.PHONY: generate
generate: generate/openapi generate/policies generate/catalog generate/reference ## make what is generated and committed

# From the modules of Kubernetes; a hundred megabytes to download.
.PHONY: generate/openapi
generate/openapi:
	go run ./tools/openapi internal/openapi/kubernetes.gz

# From the policies' METADATA: their page, and their settings in the schema of values.
.PHONY: generate/policies
generate/policies:
	go run ./tools/policies

# From the Go types of the functionConfigs; a test holds the file to them.
.PHONY: generate/catalog
generate/catalog:
	go test ./krm-functions -run '^TestCatalog$$' -update

# From the commands' help, the schema of values, the Go types that files are read into and the catalog; tests hold the pages to them.
.PHONY: generate/reference
generate/reference: generate/policies generate/catalog
	go run ./tools/reference
	go test ./kubectl-otomi -run '^TestReference$$' -update

# The README's moving picture, from the demo's own output; a test holds it to the demo's commands.
.PHONY: generate/recording
generate/recording: build bin/devcluster bin/kubectl
	go run ./tools/recording docs/demo.svg hack/demo.sh

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist

# The tools. Touched, because go leaves a binary that is up to date as old as it is.
TOOLS := bin/golangci-lint bin/conftest bin/gatekeeper bin/gator bin/helm bin/kubeconform bin/kustomize bin/crane
bin/golangci-lint: package = $(GOLANGCI_LINT)
bin/helm:          package = $(HELM)
bin/kustomize:     package = $(KUSTOMIZE)
bin/gatekeeper:    package = $(GATEKEEPER)
bin/gator:         package = $(GATOR)
bin/conftest:      package = $(CONFTEST)
bin/kubeconform:   package = $(KUBECONFORM)
bin/crane:         package = $(CRANE)
$(TOOLS): tools/versions.mk
	GOBIN='$(CURDIR)/bin' go install $(package)
	@touch $@

# The CustomResourceDefinitions and webhooks of that Gatekeeper, as its module has them.
bin/gatekeeper.yaml: bin/gatekeeper
	cp "$$(go mod download -json $(GATEKEEPER) | sed -n 's/.*"Dir": "\(.*\)",/\1/p')/deploy/gatekeeper.yaml" $@
	@chmod u+w $@ && touch $@

# What the benchmarks compare with. They leave out, with a word, what cannot be had: a peer may vanish from the proxy.
.PHONY: peers
peers: bin/yq bin/ytt bin/helmfile
bin/yq:       package = github.com/mikefarah/yq/v4
bin/ytt:      package = carvel.dev/ytt/cmd/ytt
bin/helmfile: package = github.com/helmfile/helmfile
bin/yq bin/ytt: bench/peers/go.mod bench/peers/go.sum
bin/helmfile: bench/peers/helmfile/go.mod bench/peers/helmfile/go.sum
bin/yq bin/ytt bin/helmfile:
	@go -C $(<D) build -ldflags '-s -w' -o '$(CURDIR)/$@' $(package) && touch $@ || echo 'no $@: go cannot build it here'

# kubectl takes its version from the linker only; the modules of Kubernetes 1.N are v0.N.
kubectl_version = $(shell go -C tools/kubectl list -m -f '{{.Version}}' k8s.io/kubectl | sed 's/^v0/v1/')
kubectl_ldflags = -s -w -X k8s.io/component-base/version.gitVersion=$(kubectl_version)
bin/kubectl: $(wildcard tools/kubectl/*.go) tools/kubectl/go.mod
	go -C tools/kubectl build -ldflags '$(kubectl_ldflags)' -o '$(CURDIR)/$@' .
	@touch $@

# krew and its validator of manifests.
bin/kubectl-krew: tools/krew/go.mod
	go -C tools/krew build -ldflags '-s -w' -o '$(CURDIR)/$@' sigs.k8s.io/krew/cmd/krew
	go -C tools/krew build -ldflags '-s -w' -o '$(CURDIR)/bin/' sigs.k8s.io/krew/cmd/validate-krew-manifest
	@touch $@

# What editors use for YAML, from the npm registry. The tests that need it say so where there is no npm, and fail in CI.
bin/yaml-language-server: $(wildcard tools/yaml-language-server/*.json)
	mkdir -p bin/node
	cp $^ bin/node/
	npm ci --prefix bin/node --ignore-scripts --no-audit --no-fund
	ln -sf node/node_modules/.bin/yaml-language-server $@
	@touch bin/node/node_modules/.bin/yaml-language-server

# Takes minutes the first time: it compiles etcd and Kubernetes.
bin/devcluster: $(shell find test/cluster -type f ! -name '*_test.go' ! -name '*.md')
	go -C test/cluster build -ldflags '-s -w' -o '$(CURDIR)/$@' .
	@touch $@
