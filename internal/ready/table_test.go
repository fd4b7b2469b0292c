package ready

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// updateDocs rewrites the table in the documentation.
func updateDocs() bool {
	f := flag.Lookup("update-docs")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update-docs", false, "rewrite the table in docs/how-to/readiness.md")
	os.Exit(m.Run())
}

// TestDocumentedRules holds the documentation to the table of kinds.
func TestDocumentedRules(t *testing.T) {
	const file, begin, end = "../../docs/how-to/readiness.md", "<!-- rules: begin -->\n", "<!-- rules: end -->\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	have, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no table between %q and %q", file, begin, end)
	}
	want := "\n| group | kinds | ready |\n|---|---|---|\n"
	for _, group := range groups() {
		rules := ofGroup(group)
		if len(rules) == 0 {
			t.Errorf("the group %s is listed and has no rules", group)
		}
		for _, r := range rules {
			kinds := strings.ReplaceAll(r.kinds, " ", ", ")
			if kinds == "*" && len(rules) == 1 {
				kinds = "all"
			} else if kinds == "*" {
				kinds = "all others"
			}
			want += fmt.Sprintf("| %s | %s | %s |\n", group, kinds, r.when)
		}
	}
	want += "\n"
	if have == want {
		return
	}
	if !updateDocs() {
		t.Fatalf("the table of %s is not that of the code; run: go test ./internal/ready -run TestDocumentedRules -update-docs", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryGroupIsTested wants each group of the table among the objects that are judged.
func TestEveryGroupIsTested(t *testing.T) {
	judged := map[string]bool{}
	for _, file := range glob(t, "testdata/compute/*.yaml") {
		for _, text := range documents(t, file) {
			judged[parse(t, text).GroupVersionKind().Group] = true
		}
	}
	for _, group := range groups() {
		twins := []string{"security.istio.io", "telemetry.istio.io", "extensions.istio.io", "messaging.knative.dev", "operator.knative.dev", "generators.external-secrets.io"}
		if !judged[group] && !slices.Contains(twins, group) {
			t.Errorf("no object of %s is judged", group)
		}
	}
}

func TestReports(t *testing.T) {
	for gk, want := range map[schema.GroupKind]bool{
		{Group: "argoproj.io", Kind: "Application"}: true, {Group: "argoproj.io", Kind: "AppProject"}: false,
		{Group: "cert-manager.io", Kind: "Certificate"}: true, {Group: "example.com", Kind: "Shop"}: false, {Kind: "ConfigMap"}: false,
	} {
		if got := Reports(gk); got != want {
			t.Errorf("Reports(%s) = %v, want %v", gk, got, want)
		}
	}
}
