package component

import "go.etcd.io/etcd/server/v3/etcdmain"

// runEtcd does not return while etcd lives: etcd handles signals and ends the process by itself.
func runEtcd(args []string) {
	etcdmain.Main(append([]string{"etcd"}, args...))
}
