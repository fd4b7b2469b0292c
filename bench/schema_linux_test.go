package bench

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// BenchmarkSchema holds ten thousand objects to Kubernetes' schemas, as whole processes: ours, and kubeconform with the same
// schemas on the disk. Which objects they refuse is compared first. The metrics are medians of runs in turns. Ours also checks
// what a schema does not say: names, quantities, references, objects against each other.
func BenchmarkSchema(b *testing.B) {
	objects := manifests(b, malformed)
	b.Run("kubeconform", func(b *testing.B) {
		file := program(b, "kubeconform")
		schemas := jsonSchemas(b)
		peer := func(output string) *exec.Cmd {
			return exec.Command(file, "-strict", "-schema-location", schemas, "-output", output, objects)
		}
		ours := func(output string) *exec.Cmd { return judged(b, objects, "--only", "manifests", "-o", output) }
		var own, theirs runs
		want, got := invalid(b, theirs.ending(b, 1, peer("json"))), refused(own.ending(b, 1, ours("json")))
		if diff := cmp.Diff(want, got); diff != "" || len(want) < 50 {
			b.Fatalf("of %d objects the verdicts differ (-kubeconform +kubectl otomi):\n%.3000s", len(want), diff)
		}
		own, theirs = nil, nil
		for b.Loop() {
			own.ending(b, 1, ours("text"))
			b.StopTimer()
			theirs.ending(b, 1, peer("text"))
			b.StartTimer()
		}
		compare(b, own, theirs)
	})
}

// malformed spoils every fiftieth Deployment, in ways that a schema tells.
func malformed(i int, text string) string {
	if i%50 != 7 {
		return text
	}
	for n, change := range [][2]string{
		{"imagePullPolicy", "imagePullPolice"},             // unknown field
		{"imagePullPolicy: IfNotPresent", "stdin: always"}, // wrong type
		{"containerPort: 8000", "protocol: TCP"},           // required field
		{fmt.Sprintf("replicas: %d", 2+i%5), "replicas: two"},
		{"      volumes:", "      volumez:"},
		{"imagePullPolicy: IfNotPresent", "imagePullPolicy: Sometimes"}, // unknown value
		{"runAsNonRoot: true", "runAsNonRoot: \"true\""},
	} {
		if i/50%7 == n {
			return strings.ReplaceAll(text, change[0], change[1])
		}
	}
	return text
}

// invalid are the objects that kubeconform refuses.
func invalid(b *testing.B, printed []byte) []string {
	b.Helper()
	var report struct {
		Resources []struct{ Kind, Name, Status string }
	}
	if err := json.Unmarshal(printed, &report); err != nil {
		b.Fatal(err)
	}
	var all []string
	for _, r := range report.Resources {
		if r.Status != "statusInvalid" {
			b.Fatalf("%v is %s", r, r.Status)
		}
		all = append(all, r.Kind+" "+r.Name)
	}
	slices.Sort(all)
	return all
}

// refused are the objects that ours names in an error.
func refused(printed []byte) []string {
	var all []string
	for _, m := range regexp.MustCompile(`"object": *"([A-Za-z]+)/[^/"]+/([^"]+)"`).FindAllSubmatch(printed, -1) {
		all = append(all, string(m[1])+" "+string(m[2]))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
