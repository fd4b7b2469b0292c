package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// BenchmarkApply applies manifests to a real API server, as whole processes: cold, into a namespace that has just been made, and
// again, with nothing changed. Peers and the raw limit do the same in turns, each in a namespace of its own; afterwards the API
// server has to hold the same. The metrics are medians.
//
// The raw limit is what client-go takes in this process to send each object as one server-side apply, parsed already, 32 at a
// time; x-raw is its share of our time, first without the dry run that goes before the first write (cold), then with it
// (cold-with-preflight), and again-x-raw is our time for nothing changed in relation to its. Requests are all that the API
// server counted of the workload's kinds, of Secrets and of Leases, our inventory and lock included.
//
// kapp and kpt are no Go modules: they are taken from PATH. What is missing is left out with a word.
func BenchmarkApply(b *testing.B) {
	for _, w := range applyWorkloads() {
		b.Run(w.name, func(b *testing.B) {
			if w.slow && os.Getenv(full) == "" {
				b.Skipf("it takes the peers minutes: %s=1 asks for it", full)
			}
			s := startServer(b)
			for _, peer := range []applier{rawApplier(), kubectlApplier(b), helmApplier(b), kappApplier(), kptApplier()} {
				b.Run(peer.name, func(b *testing.B) {
					peer.against(b, s, w)
				})
			}
		})
	}
}

// applyWorkload is a set of objects, written for any namespace.
type applyWorkload struct {
	name    string
	slow    bool
	objects func(namespace string) []string
}

func applyWorkloads() []applyWorkload {
	return []applyWorkload{
		{name: "configmaps=1000", objects: func(ns string) []string { return configMaps(ns, 1000) }},
		{name: "configmaps=10000", slow: true, objects: func(ns string) []string { return configMaps(ns, 10_000) }},
		{name: "deployments=500", objects: mixed},
	}
}

func configMaps(namespace string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = renamed(configMap(i), i, namespace)
	}
	return all
}

// mixed are five hundred each of Deployments, Services and ConfigMaps. The Deployments have no replicas: Pods would keep the
// controllers busy, and the two cores with them, for as long as the benchmark lasts.
func mixed(namespace string) []string {
	var all []string
	for i := range 500 {
		d := strings.Replace(deployment(i), fmt.Sprintf("replicas: %d\n", 2+i%5), "replicas: 0\n", 1)
		for _, text := range []string{d, service(i), configMap(i)} {
			all = append(all, renamed(text, i, namespace))
		}
	}
	return all
}

// renamed puts an object of the other benchmarks into a namespace.
func renamed(text string, i int, namespace string) string {
	return strings.Replace(text, fmt.Sprintf("namespace: team-%d\n", i%100), "namespace: "+namespace+"\n", 1)
}

// applier is a way to get manifests into a cluster. Its functions return the commands for a folder and a namespace, or none where
// it works in this process.
type applier struct {
	name    string
	missing string // why it is left out
	// prepare readies the folder; it is not measured.
	prepare func(tb testing.TB, s server, dir, namespace string)
	cmd     func(s server, dir, namespace string) *exec.Cmd
	// direct is what works in this process.
	direct func(tb testing.TB, s server, objects []string)
}

// times are what one participant took.
type times struct {
	cold, again     runs
	requests, after float64 // of the last cold run and the one after it
}

// turn applies everything twice into a new namespace.
func (a applier) turn(b *testing.B, s server, w applyWorkload, t *times) {
	b.Helper()
	namespace := s.newNamespace(b)
	objects := w.objects(namespace)
	dir := b.TempDir()
	for i, text := range objects {
		put(b, dir, fmt.Sprintf("%05d.yaml", i), strings.TrimPrefix(text, "---\n"))
	}
	if a.prepare != nil {
		a.prepare(b, s, dir, namespace)
	}
	before := s.requests(b)
	a.once(b, s, dir, namespace, objects, &t.cold)
	between := s.requests(b)
	a.once(b, s, dir, namespace, objects, &t.again)
	t.requests, t.after = between-before, s.requests(b)-between
	s.holds(b, namespace, objects)
	s.clear(b, namespace)
}

func (a applier) once(b *testing.B, s server, dir, namespace string, objects []string, r *runs) {
	b.Helper()
	if a.direct == nil {
		r.run(b, a.cmd(s, dir, namespace))
		return
	}
	start := time.Now()
	a.direct(b, s, objects)
	*r = append(*r, spent{wall: time.Since(start)})
}

func (a applier) against(b *testing.B, s server, w applyWorkload) {
	if a.missing != "" {
		b.Skip(a.missing)
	}
	ours := ourApplier(b)
	var own, theirs, raw times
	var client, server runs
	for b.Loop() {
		ours.turn(b, s, w, &own)
		b.StopTimer()
		a.turn(b, s, w, &theirs)
		if a.direct == nil {
			rawApplier().turn(b, s, w, &raw)
		} else {
			raw = theirs
		}
		tryOut(b, s, w, &client, &server)
		b.StartTimer()
	}
	n := float64(len(w.objects("x")))
	preflight := max(0, server.wall()-client.wall())
	for unit, value := range map[string]float64{
		"ns/op": 0, "objects/s": n / own.cold.wall(), "cold-s": own.cold.wall(), "again-s": own.again.wall(), "preflight-s": preflight,
		"cold-cpu-s": own.cold.cpu(), "again-cpu-s": own.again.cpu(), "cold-MiB": own.cold.mib(), "again-MiB": own.again.mib(),
		"cold-requests/object": own.requests / n, "again-requests": own.after,
		"raw-s": raw.cold.wall(), "raw-again-s": raw.again.wall(),
		"cold-x-raw": raw.cold.wall() / (own.cold.wall() - preflight), "cold-with-preflight-x-raw": raw.cold.wall() / own.cold.wall(),
		"again-x-raw": own.again.wall() / raw.cold.wall(),
	} {
		b.ReportMetric(value, unit)
	}
	if a.direct != nil {
		return
	}
	for unit, value := range map[string]float64{
		"peer-cold-s": theirs.cold.wall(), "peer-again-s": theirs.again.wall(), "peer-again-requests": theirs.after,
		"cold-x-faster": theirs.cold.wall() / own.cold.wall(), "again-x-faster": theirs.again.wall() / own.again.wall(),
	} {
		b.ReportMetric(value, unit)
	}
}

// tryOut measures what the dry run costs: a run that stops after it, and one that stops before it.
func tryOut(b *testing.B, s server, w applyWorkload, client, server *runs) {
	b.Helper()
	namespace := s.newNamespace(b)
	dir := b.TempDir()
	for i, text := range w.objects(namespace) {
		put(b, dir, fmt.Sprintf("%05d.yaml", i), strings.TrimPrefix(text, "---\n"))
	}
	for how, r := range map[string]*runs{"client": client, "server": server} {
		cmd := ourApplier(b).cmd(s, dir, namespace)
		cmd.Args = append(cmd.Args, "--dry-run="+how)
		r.run(b, cmd)
	}
	s.clear(b, namespace)
}
