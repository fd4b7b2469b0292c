package object

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// failures are the errors among the results of a ResourceList. A function that fails hands on its items all the same, and a shell
// pipe does not tell that it failed: what is piped on is not to be used.
func failures(u *unstructured.Unstructured, from Source) diag.Findings {
	if u.GetKind() != "ResourceList" || !strings.HasPrefix(u.GetAPIVersion(), "config.kubernetes.io/") {
		return nil
	}
	results, _, _ := unstructured.NestedSlice(u.Object, "results")
	var findings diag.Findings
	for _, r := range results {
		if result, _ := r.(map[string]any); severity(result) == "error" {
			findings = append(findings, failure(result, from))
		}
	}
	return findings
}

// severity is a result's; one that has none is an error, as the format says.
func severity(result map[string]any) string {
	s, _, _ := unstructured.NestedString(result, "severity")
	return cmp.Or(strings.ToLower(s), "error")
}

// failure is a result as a finding, at the file that it names or else at the list.
func failure(result map[string]any, from Source) diag.Finding {
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(result, path...)
		return s
	}
	at := from.Position()
	if file := text("file", "path"); file != "" {
		at = diag.Position{File: file}
		at.Line, _ = strconv.Atoi(text("tags", "line"))
		at.Col, _ = strconv.Atoi(text("tags", "column"))
	}
	f := diag.Errorf("function-failed", at, "%s", cmp.Or(text("message"), "a function failed and does not say why")).WithPath(text("field", "path"))
	if rule := text("tags", "rule"); rule != "" {
		f.Message = fmt.Sprintf("%s [%s]", f.Message, rule)
	}
	group, _, _ := strings.Cut(text("resourceRef", "apiVersion"), "/")
	if kind := text("resourceRef", "kind"); kind != "" {
		f.Object = ID{Group: group, Kind: kind, Namespace: text("resourceRef", "namespace"), Name: text("resourceRef", "name")}.String()
	}
	f.Quiet = true // the file may be no longer what the function read
	return f.WithHint("a function that ran before this found it; nothing of its list is used")
}
