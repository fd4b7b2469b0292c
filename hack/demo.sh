#!/usr/bin/env bash
# The tool in five minutes, on a cluster of its own: `make demo`. With KEEP=1 the cluster stays up to play with.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/bin:$PATH"
name=otomi-demo

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
# run shows a command and runs it.
run() {
	printf '\033[36m$ %s\033[0m\n' "$*"
	"$@"
}
# add shows lines and appends them to a file.
add() {
	printf '\033[36m$ cat >>%s\033[0m\n' "$1"
	tee -a "$1"
}

work=$(mktemp -d)
stop() {
	rm -rf "$work"
	devcluster down --name "$name" >/dev/null 2>&1 || true
}
trap 'rm -rf "$work"' EXIT

say "A Kubernetes cluster of its own: etcd, API server, controllers, scheduler and pretended nodes in one binary"
run devcluster up --name "$name" --nodes 3
trap stop EXIT
KUBECONFIG="$work/kubeconfig"
export KUBECONFIG
printf '\033[36m$ devcluster kubeconfig --name %s >%s\033[0m\n' "$name" "$KUBECONFIG"
devcluster kubeconfig --name "$name" >"$KUBECONFIG"
run kubectl get nodes

say "A values repo: layered YAML, generic to specific. examples/acme has two clusters, three teams and a release of its own"
run cp -r examples/acme "$work/acme"
run cd "$work/acme"
run find env -name '*.yaml'

say "What are the values of the cluster dev for the team shop, and where do they come from?"
printf '\033[36m$ %s\033[0m\n' "kubectl otomi values --cluster dev --origin | grep podinfo"
kubectl otomi values --cluster dev --origin | grep podinfo

say "Check everything without a cluster: values, manifests, policies"
run kubectl otomi validate --all-clusters

say "Install it. The first apply to a cluster asks, so that no one installs to the wrong one; --yes answers"
run kubectl otomi apply --cluster dev --yes
run kubectl otomi status --cluster dev

say "Again: nothing has changed, so nothing is sent, but for the one task that is to run at every apply"
run kubectl otomi apply --cluster dev --yes

say "Change a value: the shop's web service gets three replicas"
add env/clouds/azure/dev/cluster.yaml <<'YAML'
teams:
  shop:
    services:
      - name: web
        replicas: 3
YAML
run kubectl otomi diff --cluster dev || [ $? -eq 1 ]
run kubectl otomi apply --cluster dev --yes
run kubectl get deployments --namespace team-shop

say "Disable a team: what it had is pruned, its namespace too"
add env/clouds/azure/dev/teams.yaml <<'YAML'
teams:
  labs:
    enabled: false
YAML
run kubectl otomi apply --cluster dev --yes
run kubectl get ns
if kubectl get ns team-labs >/dev/null 2>&1; then
	echo "the namespace team-labs is still there" >&2
	exit 1
fi
run kubectl otomi status --cluster dev

if [ -n "${KEEP:-}" ]; then
	trap - EXIT
	say "The cluster stays up. To play with it:"
	printf '  export KUBECONFIG=%q PATH=%q\n' "$KUBECONFIG" "$PATH"
	echo "  cd $work/acme && kubectl otomi status --cluster dev"
	echo "  devcluster down --name $name   # when you are done"
else
	say "Take it down. KEEP=1 make demo leaves the cluster up to play with"
	cd /
	run devcluster down --name "$name"
fi
