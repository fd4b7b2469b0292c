package bench

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// BenchmarkRender renders 21 releases, from files to a stream of manifests, as `helm template` per release and as helmfile
// do. The objects are compared first. The metrics are medians of runs in turns: wall seconds, processor seconds and the peak
// memory of both, and how many times ours the peer's are.
func BenchmarkRender(b *testing.B) {
	all := releases(21)
	dir := installation(b, all)
	for _, peer := range []struct {
		name     string
		commands func(b *testing.B, dir string, all []release) []*exec.Cmd
	}{{"helm", helmLoop}, {"helmfile", helmfile}} {
		b.Run(peer.name, func(b *testing.B) {
			var ours, theirs runs
			want := objects(b, theirs.run(b, peer.commands(b, dir, all)...))
			if diff := cmp.Diff(want, objects(b, ours.run(b, otomi(b, dir)))); diff != "" {
				b.Fatalf("the objects differ (-%s +kubectl otomi):\n%.3000s", peer.name, diff)
			}
			ours, theirs = nil, nil
			for b.Loop() {
				ours.run(b, otomi(b, dir))
				b.StopTimer()
				theirs.run(b, peer.commands(b, dir, all)...)
				b.StartTimer()
			}
			b.ReportMetric(float64(len(want))/ours.wall(), "objects/s")
			b.ReportMetric(ours.wall(), "s")
			b.ReportMetric(ours.cpu(), "cpu-s")
			b.ReportMetric(ours.mib(), "MiB")
			b.ReportMetric(theirs.wall(), "peer-s")
			b.ReportMetric(theirs.cpu(), "peer-cpu-s")
			b.ReportMetric(theirs.mib(), "peer-MiB")
			b.ReportMetric(theirs.wall()/ours.wall(), "x-faster")
			b.ReportMetric(theirs.cpu()/ours.cpu(), "x-less-cpu")
		})
	}
}

func otomi(b *testing.B, dir string) *exec.Cmd {
	b.Helper()
	return exec.Command(program(b, "kubectl-otomi"), "template", "-C", dir)
}

// helmLoop is the loop that a script would have.
func helmLoop(b *testing.B, dir string, all []release) []*exec.Cmd {
	b.Helper()
	commands := make([]*exec.Cmd, len(all))
	for i, r := range all {
		args := []string{"template", r.name, "charts/" + r.chart, "-n", r.name, "--skip-tests", "--kube-version", kubeVersion, "-f", "values/" + r.name + ".yaml"}
		if r.crds {
			args = append(args, "--include-crds")
		}
		commands[i] = exec.Command(program(b, "helm"), args...)
		commands[i].Dir = dir
	}
	return commands
}

// helmfile renders all releases in parallel, as it does unless told otherwise. There are no dependencies to look for, and
// it is told so.
func helmfile(b *testing.B, dir string, _ []release) []*exec.Cmd {
	b.Helper()
	cmd := exec.Command(program(b, "helmfile"), "--helm-binary", program(b, "helm"), "--quiet", "template", "--include-crds", "--skip-tests", "--skip-deps")
	cmd.Dir = dir
	// What it keeps between runs stays in its folder.
	cmd.Env = append(cmd.Environ(), "HOME="+filepath.Join(dir, "home"), "HELMFILE_UPGRADE_NOTICE_DISABLED=true")
	return []*exec.Cmd{cmd}
}

// objects are what a program rendered, by identity, apart from the marks and namespaces that ours adds on purpose.
func objects(b *testing.B, stream []byte) map[object.ID]map[string]any {
	b.Helper()
	all, findings := object.Parse("stdout", stream)
	if findings.Failed() || len(all) < 100 {
		b.Fatal(len(all), findings)
	}
	out := map[object.ID]map[string]any{}
	for _, o := range all {
		unstructured.RemoveNestedField(o.Object, "metadata", "namespace")
		unstructured.RemoveNestedField(o.Object, "metadata", "labels", object.LabelRelease)
		for _, key := range []string{object.RunlevelKey, object.SourceKey} {
			unstructured.RemoveNestedField(o.Object, "metadata", "annotations", key)
		}
		for _, field := range []string{"annotations", "labels"} {
			if m, _, _ := unstructured.NestedMap(o.Object, "metadata", field); len(m) == 0 {
				unstructured.RemoveNestedField(o.Object, "metadata", field)
			}
		}
		out[o.ID()] = o.Object
	}
	if len(out) != len(all) {
		b.Fatalf("%d of %d objects have a name of their own", len(out), len(all))
	}
	return out
}
