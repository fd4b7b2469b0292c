package bench

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// BenchmarkPolicies judges ten thousand objects by five and by fifty rules, as whole processes: ours, by the rules as our
// policies are written and by the peer's very folder, and the peer. What they find is compared first. The metrics are medians of
// runs in turns; a peer that would take longer than a minute for all of its turns has fewer. Those that begin with folder- are ours by the peer's folder; all-s is how long ours takes when it checks
// schemas and relations too, as it does unless told otherwise.
func BenchmarkPolicies(b *testing.B) {
	objects := manifests(b, spoil)
	for _, n := range []int{5, 50} {
		rules := checks()[:n]
		for _, peer := range []judge{conftest(objects, forConftest(b, rules)), gator(objects, forGatekeeper(b, rules))} {
			b.Run(fmt.Sprintf("policies=%d/%s", n, peer.name), func(b *testing.B) {
				peer.program = program(b, peer.name)
				peer.against(b, objects, forUs(b, rules))
			})
		}
	}
}

// judge is a program that finds what is wrong with objects.
type judge struct {
	name, program string
	args          []string
	folder        string // of its rules
}

func conftest(objects, rules string) judge {
	return judge{name: "conftest", args: []string{"test", "--policy", rules, objects}, folder: rules}
}

func gator(objects, rules string) judge {
	return judge{name: "gator", args: []string{"test", "--filename", objects, "--filename", rules}, folder: rules}
}

func (j judge) cmd() *exec.Cmd { return exec.Command(j.program, j.args...) }

// judged is ours.
func judged(b *testing.B, objects string, args ...string) *exec.Cmd {
	b.Helper()
	return exec.Command(program(b, "kubectl-otomi"), append([]string{"validate", "-f", objects}, args...)...)
}

func (j judge) against(b *testing.B, objects, rules string) {
	b.Helper()
	ours := []string{"--only", "policies", "--policies"}
	var own, folder, everything, theirs runs
	want := violations(theirs.ending(b, 1, j.cmd()))
	if len(want) < 100 {
		b.Fatalf("%s finds %d violations, want some in every hundredth object", j.name, len(want))
	}
	for _, dir := range []string{rules, j.folder} {
		got := violations(own.ending(b, 1, judged(b, objects, append(ours, dir)...)))
		if diff := cmp.Diff(want, got); diff != "" {
			b.Fatalf("the verdicts differ (-%s +kubectl otomi):\n%.3000s", j.name, diff)
		}
	}
	own = nil // the rules of the peer were among them
	for b.Loop() {
		own.ending(b, 1, judged(b, objects, append(ours, rules)...))
		b.StopTimer()
		folder.ending(b, 1, judged(b, objects, append(ours, j.folder)...))
		everything.ending(b, 1, judged(b, objects, "--policies", rules))
		if float64(len(theirs)+1)*theirs.wall() < 60 {
			theirs.ending(b, 1, j.cmd())
		}
		b.StartTimer()
	}
	compare(b, own, theirs)
	b.ReportMetric(folder.wall(), "folder-s")
	b.ReportMetric(theirs.wall()/folder.wall(), "folder-x-faster")
	b.ReportMetric(theirs.cpu()/folder.cpu(), "folder-x-less-cpu")
	b.ReportMetric(folder.mib(), "folder-MiB")
	b.ReportMetric(everything.wall(), "all-s")
	b.ReportMetric(everything.cpu(), "all-cpu-s")
	b.ReportMetric(everything.mib(), "all-MiB")
}

// compare reports what ours took for ten thousand objects, and a peer.
func compare(b *testing.B, ours, theirs runs) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(deployments*2.5/ours.wall(), "objects/s")
	b.ReportMetric(ours.wall(), "s")
	b.ReportMetric(ours.cpu(), "cpu-s")
	b.ReportMetric(ours.mib(), "MiB")
	b.ReportMetric(theirs.wall(), "peer-s")
	b.ReportMetric(theirs.cpu(), "peer-cpu-s")
	b.ReportMetric(theirs.mib(), "peer-MiB")
	b.ReportMetric(theirs.wall()/ours.wall(), "x-faster")
	b.ReportMetric(theirs.cpu()/ours.cpu(), "x-less-cpu")
}

// violations are the messages of the rules in what a program printed, each of which names the rule and the object.
func violations(printed []byte) []string {
	var all []string
	for _, m := range regexp.MustCompile(`([a-z0-9-]+: (Deployment|Service|ConfigMap) \S+: .*?)"?( \[[^\]]*\])?,?\n`).FindAllSubmatch(printed, -1) {
		all = append(all, string(m[1]))
	}
	slices.Sort(all)
	return all
}
