// Package rbac tests that the plugin, as built, gets along with the rights that docs/rbac.md gives to a pipeline.
package rbac

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// The set that the pipeline looks after, as it is first, as it becomes, and as it is only planned.
const (
	namespaces = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
`
	spare = `apiVersion: v1
kind: Namespace
metadata: {name: spare}
---
`
	first = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {greeting: hello}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: surplus, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.com/web:1}]}
`
	second = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {greeting: bye}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.com/web:2}]}
`
)

// step is a command of the pipeline, and the code it ends with.
type step struct {
	command string
	code    int
}

// life is what the pipeline does with a set, from the first apply to the end.
func life(inventory string) []step {
	in := " --inventory " + inventory
	return []step{
		{"diff -f first.yaml" + in, 1},
		{"apply -f first.yaml --yes" + in, 0},
		{"diff -f second.yaml --prune-namespaces" + in, 1},
		{"apply -f second.yaml --yes --prune-namespaces" + in, 0},
		{"apply -f second.yaml --yes" + in, 0},
		{"status" + in, 0},
		{"history" + in, 0},
		{"rollback 1 --yes" + in, 0},
		{"inventory show " + inventory, 0},
		{"destroy --dry-run=server --prune-namespaces" + in, 0},
		{"destroy --yes --prune-namespaces" + in, 0},
	}
}

// TestRights gives a service account the roles of the page as they stand, has it do all that a pipeline does, and holds the
// page's table to what the API server saw of it.
func TestRights(t *testing.T) {
	page, err := os.ReadFile("../../../docs/rbac.md")
	if err != nil {
		t.Fatal(err)
	}
	used := asked{}
	for where, account := range map[string]string{"cluster": "otomi-system", "namespace": "shop"} {
		t.Run(where, func(t *testing.T) {
			c := rig.Start(t) // the page has one name for everything, twice
			p := &pipeline{T: t, cluster: c, dir: t.TempDir(), user: "system:serviceaccount:" + account + ":pipeline"}
			p.prepare(string(page), where, account)
			for _, s := range life(account + "/web") {
				verb := row(s.command)
				p.log(verb, used, func() { p.otomi(s.code, s.command) })
			}
			p.nothingLeft()
			p.rebuilding(used, account)
			p.listing(used, account)
		})
	}
	if want := used.table(); !strings.Contains(string(page), want) {
		t.Errorf("docs/rbac.md does not have the table of what the commands ask for:\n%s", want)
	}
}

// TestInit gives the account what the page adds for the values repo that init makes, which is applied and destroyed then. Without it
// the error says where the rights are listed.
func TestInit(t *testing.T) {
	page, err := os.ReadFile("../../../docs/rbac.md")
	if err != nil {
		t.Fatal(err)
	}
	c := rig.Start(t)
	p := &pipeline{T: t, cluster: c, dir: t.TempDir(), user: "system:serviceaccount:otomi-system:pipeline"}
	p.prepare(string(page), "cluster", "otomi-system")
	p.otomi(0, "init acme")
	for _, s := range []step{{"diff -C acme", 2}, {"apply -C acme --yes", 1}} {
		if r := p.otomi(s.code, s.command); !strings.Contains(r.Stderr, "is forbidden") || !strings.Contains(r.Stderr, "/blob/main/docs/rbac.md") {
			t.Errorf("%s without rights: %s", s.command, r.Stderr)
		}
	}
	_, more, _ := strings.Cut(string(page), "## For more kinds\n")
	more, _, _ = strings.Cut(more, "\n## ")
	for _, s := range rig.Steps(more) {
		switch args := strings.Fields(s.Command); {
		case s.Command == "":
			rig.Write(t, p.dir, "-- "+s.File+" --\n"+s.Text)
		case args[1] == "otomi":
			list := exec.Command("sh", "-c", s.Command)
			list.Dir, list.Env = filepath.Join(p.dir, "acme"), append(os.Environ(), "PATH="+filepath.Dir(rig.Bin("kubectl"))+":"+os.Getenv("PATH"))
			if out, err := list.CombinedOutput(); err != nil || !strings.Contains(string(out), "kind: NetworkPolicy") {
				t.Errorf("%s: %v\n%s", s.Command, err, out)
			}
		default:
			p.admin(args[1:]...)
		}
	}
	for _, s := range []step{{"diff -C acme", 1}, {"apply -C acme --yes", 0}, {"status -C acme", 0}} {
		p.otomi(s.code, s.command)
	}
	if r := p.otomi(6, "destroy -C acme --yes"); !strings.Contains(r.Stderr, "but may hold what is not this set's, nobody knows: you lack the right to list these kinds in it: ") || strings.Contains(r.Stderr, "/*") || !strings.Contains(r.Stderr, "docs/rbac.md, or delete it unseen: --prune-namespaces") {
		t.Errorf("destroy without the right to look into a namespace:\n%s", r.Stderr)
	}
	p.otomi(0, "destroy -C acme --yes --prune-namespaces")
	p.nothingLeft()
}

// pipeline is a service account with rights of its own.
type pipeline struct {
	*testing.T
	cluster rig.Cluster
	dir     string
	user    string
	config  string // its kubeconfig
}

// prepare does what the page tells an administrator to do, and writes the pipeline's files.
func (p *pipeline) prepare(page, where, account string) {
	p.Helper()
	section := regexp.MustCompile("(?s)```yaml " + where + `\.yaml\n.*?(\n## |$)`).FindString(page)
	commands := 0
	for _, s := range rig.Steps(section) {
		if s.Command == "" {
			rig.Write(p.T, p.dir, "-- "+s.File+" --\n"+s.Text)
			continue
		}
		p.admin(strings.Fields(strings.TrimPrefix(s.Command, "kubectl "))...)
		commands++
	}
	if commands < 4 {
		p.Fatalf("the page has %d commands for %s.yaml: the test does not see them all", commands, where)
	}
	head, tail := "", ""
	if where == "cluster" {
		head, tail = namespaces, spare
	}
	rig.Write(p.T, p.dir, "-- first.yaml --\n"+head+tail+first+"-- second.yaml --\n"+head+second)
	p.become(account)
}

// become makes a kubeconfig with the account's token.
func (p *pipeline) become(account string) {
	p.Helper()
	config, err := os.ReadFile(p.cluster.Kubeconfig)
	if err != nil {
		p.Fatal(err)
	}
	p.config = filepath.Join(p.dir, "kubeconfig")
	if err := os.WriteFile(p.config, config, 0o600); err != nil {
		p.Fatal(err)
	}
	token := strings.TrimSpace(p.admin("create", "token", "pipeline", "-n", account))
	for _, args := range [][]string{
		{"config", "set-credentials", "pipeline", "--token=" + token},
		{"config", "set-context", "e2e", "--user=pipeline", "--namespace=" + account},
	} {
		if r := rig.Run(p.T, p.dir, []string{"KUBECONFIG=" + p.config}, "kubectl", args...); r.Code != 0 {
			p.Fatalf("kubectl %s: %s", args[1], r.Stderr)
		}
	}
}

// admin runs kubectl with all rights.
func (p *pipeline) admin(args ...string) string {
	p.Helper()
	r := rig.Run(p.T, p.dir, []string{"KUBECONFIG=" + p.cluster.Kubeconfig}, "kubectl", args...)
	if r.Code != 0 {
		p.Fatalf("kubectl %s: exit code %d\n%s", strings.Join(args, " "), r.Code, r.Stderr)
	}
	return r.Stdout
}

// otomi runs the plugin as the pipeline and wants an exit code.
func (p *pipeline) otomi(code int, command string) rig.Result {
	p.Helper()
	r := rig.Run(p.T, p.dir, []string{"KUBECONFIG=" + p.config}, "kubectl-otomi", strings.Fields(command)...)
	if r.Code != code {
		p.Fatalf("kubectl otomi %s: exit code %d, want %d\n%s%s", command, r.Code, code, r.Stdout, r.Stderr)
	}
	return r
}

// listing finds sets, for which the roles do not suffice, as the page says; with what it adds they do.
func (p *pipeline) listing(used asked, account string) {
	p.Helper()
	if r := p.otomi(1, "inventory list"); !strings.Contains(r.Stderr, `cannot list resource "secrets"`) {
		p.Errorf("inventory list without the right to it: %s", r.Stderr)
	}
	p.admin("create", "role", "otomi-list", "-n", account, "--verb=list", "--resource=secrets")
	p.admin("create", "rolebinding", "otomi-list", "-n", account, "--role=otomi-list", "--serviceaccount="+account+":pipeline")
	p.log("inventory list", used, func() {
		if r := p.otomi(0, "inventory list"); !strings.Contains(r.Stdout, account+"/web") {
			p.Errorf("inventory list: %s%s", r.Stdout, r.Stderr)
		}
	})
}

// rebuilding makes the inventory anew, with what the roles let it see.
func (p *pipeline) rebuilding(used asked, account string) {
	p.Helper()
	p.otomi(0, "apply -f first.yaml --yes --inventory "+account+"/web")
	p.log("inventory rebuild", used, func() { p.otomi(0, "inventory rebuild --force --yes "+account+"/web") })
	r := p.otomi(0, "apply -f first.yaml --yes --inventory "+account+"/web")
	if strings.Contains(r.Stdout, "created") || !strings.Contains(r.Stdout, ": Ready: ") {
		p.Errorf("apply after the inventory was made anew: %s%s", r.Stdout, r.Stderr)
	}
}

// nothingLeft wants all of the set gone.
func (p *pipeline) nothingLeft() {
	p.Helper()
	left := p.admin("get", "configmaps,services,deployments,secrets,leases,namespaces", "-A", "-l", "applyset.kubernetes.io/part-of", "-o", "name") +
		p.admin("get", "secrets,leases", "-n", strings.Split(p.user, ":")[2], "-o", "name")
	if left != "" {
		p.Errorf("after destroy there is\n%s", left)
	}
}
