package rbac

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// request is a line of the API server's audit log.
type request struct {
	Verb           string
	User           struct{ Username string }
	Stage          string
	ObjectRef      struct{ Resource, Subresource string }
	ResponseStatus struct{ Code int }
}

// asked are the verbs that each command used, by the column of the table that says so.
type asked map[string]map[string][]string

// log notes what the pipeline is allowed while do runs.
func (p *pipeline) log(command string, used asked, do func()) {
	p.Helper()
	before, err := os.Stat(p.cluster.Audit)
	if err != nil {
		p.Fatal(err)
	}
	do()
	f, err := os.Open(p.cluster.Audit)
	if err != nil {
		p.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	if _, err := f.Seek(before.Size(), 0); err != nil {
		p.Fatal(err)
	}
	seen := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			p.Fatalf("audit log: %v: %s", err, lines.Text())
		}
		if r.User.Username == p.user && r.ObjectRef.Resource != "" && r.ResponseStatus.Code != 403 {
			used.note(command, r)
			seen++
		}
	}
	if err := lines.Err(); err != nil || seen == 0 {
		p.Fatalf("the audit log has %d requests of %s: %v", seen, command, err)
	}
}

// note takes note of a request. What a server-side apply makes takes the right to create it, too.
func (a asked) note(command string, r request) {
	if a[command] == nil {
		a[command] = map[string][]string{}
	}
	column := r.ObjectRef.Resource
	if !slices.Contains(columns(), column) {
		column = "objects"
	}
	verbs := []string{r.Verb}
	if r.Verb == "patch" && r.ResponseStatus.Code == 201 {
		verbs = append(verbs, "create")
	}
	for _, verb := range verbs {
		if !slices.Contains(a[command][column], verb) {
			a[command][column] = append(a[command][column], verb)
		}
	}
}

// columns are the resources that the table tells apart.
func columns() []string {
	return []string{"namespaces", "secrets", "leases", "objects", "horizontalpodautoscalers"}
}

// row is the row of the table that a command belongs to.
func row(command string) string {
	words := strings.Fields(command)
	if words[0] == "inventory" {
		return words[0] + " " + words[1]
	}
	if words[0] == "destroy" && strings.Contains(command, "--dry-run=server") {
		return "destroy --dry-run=server"
	}
	return words[0]
}

// table is the table of docs/rbac.md.
func (a asked) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| command | `%s` |\n|---%s|\n", strings.Join(columns(), "` | `"), strings.Repeat("|---", len(columns())))
	for _, command := range []string{
		"diff", "apply", "rollback", "status", "history", "inventory show", "inventory list", "inventory rebuild", "destroy --dry-run=server", "destroy",
	} {
		fmt.Fprintf(&b, "| `%s` ", command)
		for _, column := range columns() {
			verbs := []string{}
			for _, verb := range []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"} {
				if slices.Contains(a[command][column], verb) {
					verbs = append(verbs, verb)
				}
			}
			fmt.Fprintf(&b, "| %s ", strings.Join(append(verbs, "–")[:max(1, len(verbs))], ", "))
		}
		b.WriteString("|\n")
	}
	return b.String()
}
