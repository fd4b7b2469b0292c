package krm_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// options are what TestConfigMap reads.
type options struct {
	Size   int               `json:"size" schema:"required"`
	Mode   string            `json:"mode" schema:"enum=fast|slow"`
	Kinds  []string          `json:"kinds"`
	Labels map[string]string `json:"labels"`
}

// TestConfigMap reads options from a ConfigMap, as kpt makes one of `-- key=value`.
func TestConfigMap(t *testing.T) {
	const at = "ConfigMap/function-input"
	for name, c := range map[string]struct {
		data, want string
		options    options
	}{
		"right":         {`{size: "3", mode: "fast", kinds: "[A, B]", labels: "a: b"}`, "", options{3, "fast", []string{"A", "B"}, map[string]string{"a": "b"}}},
		"text of text":  {`{size: "3", mode: "no"}`, at + `:1:93: data.mode: want fast or slow, have "no"`, options{}},
		"unknown key":   {`{size: "3", knds: "[]"}`, at + `:1:87: data.knds: unknown field "knds" (did you mean "kinds"?)`, options{}},
		"no YAML":       {`{size: "3", kinds: "[A"}`, at + ":1:94: data.kinds: ", options{}},
		"missing":       {`{kinds: "[A]"}`, at + ":1:75: data.size: the value is missing", options{}},
		"wrong type":    {`{size: "x"}`, at + `:1:82: data.size: want an integer, have the string "x"`, options{}},
		"deeper":        {`{size: "1", kinds: "[1]"}`, at + ":1:94: data.kinds[0]: want a string, have the integer 1 (write it in quotes)", options{}},
		"data is text":  {`x`, at + `:1:75: data: want a map, have the string "x"`, options{}},
		"empty is none": {"", "there is no functionConfig (give one: apiVersion: otomi.io/v1alpha1, kind: Test)", options{}},
	} {
		config := "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}"
		if c.data != "" {
			config += ", data: " + c.data
		}
		l := read(t, []byte(head+"items: []\n"+config+"}\n"))
		got, findings := krm.Configure[options](l, "Test")
		if said := findings.Error(); !strings.HasPrefix(said, c.want) || (said == "") != (c.want == "") {
			t.Errorf("%s: Configure = %s\nwant %s", name, said, c.want)
		}
		if diff := cmp.Diff(c.options, got); c.want == "" && diff != "" {
			t.Errorf("%s: Configure (-want +got):\n%s", name, diff)
		}
	}
}

// TestOwner: what two functions render whose functionConfigs nobody named must not be taken for each other's.
func TestOwner(t *testing.T) {
	mine := func(_ context.Context, l *krm.List) diag.Findings {
		i, err := krm.New([]byte("apiVersion: v1\nkind: A\nmetadata: {name: a}\n"))
		if err != nil {
			t.Fatal(err)
		}
		return l.Own([]*krm.Item{i}, func(*krm.Item) string { return "a.yaml" }, func(*krm.Item) bool { return true })
	}
	_, out, _ := run(t, mine, head+"items: []\nfunctionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}, data: {a: b}}\n")
	if !strings.Contains(out, "otomi.io/rendered-by: test") {
		t.Errorf("the item is not marked with the function's name:\n%s", out)
	}
}

// TestListItem: what is applied of a List are its members.
func TestListItem(t *testing.T) {
	l := read(t, []byte(head+"items:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: A, metadata: &m {name: a}}\n  - {apiVersion: v1, kind: B, metadata: *m}\n  - x\n"))
	l.Items[0].SetLabel("a", "b")
	want := head + "items:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: A, metadata: {name: a, labels: {a: b}}}\n  - {apiVersion: v1, kind: B, metadata: {name: a, labels: {a: b}}}\n  - x\n"
	once := write(t, l)
	if diff := cmp.Diff(want, string(once)); diff != "" {
		t.Errorf("SetLabel on a List (-want +got):\n%s", diff)
	}
	again := read(t, once)
	again.Items[0].SetLabel("a", "b")
	if diff := cmp.Diff(want, string(write(t, again))); diff != "" {
		t.Errorf("SetLabel again (-want +got):\n%s", diff)
	}
}

// TestPackagePath: a new item takes no path that an item of any package has.
func TestPackagePath(t *testing.T) {
	l := read(t, []byte(head+"items:\n- {apiVersion: v1, kind: A, metadata: {name: a, annotations: {internal.config.kubernetes.io/path: new.yaml, internal.config.kubernetes.io/package-path: pkg}}}\n"+config))
	if err := own(l, items(t, configMap("a", "1"))); err != nil {
		t.Fatal(err)
	}
	if got := l.Items[1].Annotation("internal.config.kubernetes.io/index"); got != "1" {
		t.Errorf("index %s of a new item, want 1", got)
	}
}

// TestNameless: the list of an item that does not say what it is comes out as it came.
func TestNameless(t *testing.T) {
	in := head + "items:\n- apiVersion: v1 # kept\n  kind: A\n- apiVersion: v1\n  metadata: {name: x}\nfunctionConfig:\n  apiVersion: x/v1\n  kind: B\n"
	ran := false
	code, out, stderr := run(t, func(context.Context, *krm.List) diag.Findings { ran = true; return nil }, in)
	items, _, _ := strings.Cut(out, "results:\n")
	if code != 1 || ran || items != in || !strings.Contains(stderr, "items[1] has no kind") {
		t.Errorf("code %d, ran %v, stderr %q, stdout\n%s", code, ran, stderr, out)
	}
}

// TestHuge: a stream without end is not read to its end.
func TestHuge(t *testing.T) {
	item := "- {apiVersion: v1, kind: A, metadata: {name: a}, data: {a: " + strings.Repeat("a", 1<<20) + "}}\n"
	endless := io.MultiReader(strings.NewReader(head+"items:\n"), &repeated{text: item})
	limited := &io.LimitedReader{R: endless, N: 100 << 20}
	var out, stderr bytes.Buffer
	code := krm.Run(t.Context(), krm.Function{}, krm.Process{In: limited, Out: &out, Err: &stderr})
	if _, findings := krm.Read(out.Bytes()); code != 1 || findings.Failed() || !strings.Contains(stderr.String(), "more than the 67108864 bytes") {
		t.Errorf("code %d, stderr %q, stdout %q", code, stderr.String(), out.String())
	}
	if limited.N < 30<<20 {
		t.Errorf("of 100 MiB %d were read", 100<<20-limited.N)
	}
}

type repeated struct {
	text string
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// TestFieldValues: a result has the field's value where the finding gives away as much, and what it has to be where that is
// certain.
func TestFieldValues(t *testing.T) {
	in := head + `items:
- {apiVersion: v1, kind: A, metadata: {name: a}, port: 80, open: true, list: [x, hunter2]}
- {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: hunter2, b: true}}
- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: v}, a: hunter2}
`
	find := func(object, path, message, proposed string) diag.Finding {
		f := diag.Warningf("r", diag.Position{}, "%s", message).WithPath(path)
		f.Object, f.Proposed = object, proposed
		return f
	}
	quiet := find("A/a", "open", "m", "")
	quiet.Quiet = true
	for name, c := range map[string]struct {
		finding diag.Finding
		want    string
	}{
		"told and certain": {find("A/a", "port", "have the integer 80", "80"), "    currentValue: 80\n    path: port\n    proposedValue: \"80\"\n"},
		"in a list":        {find("A/a", "list[0]", "x is wrong", ""), "    currentValue: x\n    path: list[0]\n"},
		"boolean":          {find("A/a", "open", "m", ""), "    currentValue: true\n    path: open\n"},
		"not told":         {find("A/a", "list[1]", "wrong", ""), "    path: list[1]\n"},
		"missing":          {find("A/a", "nope[3].x", "wrong", ""), "    path: nope[3].x\n"},
		"a map":            {find("A/a", "metadata", "metadata", ""), "    path: metadata\n"},
		"quiet":            {quiet, "    path: open\n"},
		"Secret":           {find("Secret/s", "data.b", "true", ""), "    path: data.b\n"},
		"Values":           {find("Values.otomi.io/v", "a", "hunter2", ""), "    path: a\n"},
	} {
		_, out, _ := run(t, func(context.Context, *krm.List) diag.Findings { return diag.Findings{c.finding} }, in)
		if !strings.Contains(out, "- field:\n"+c.want+"  message:") {
			t.Errorf("%s: want the field\n%sin\n%s", name, c.want, out)
		}
	}
}

// TestKilled kills a function in the middle of its input: nothing is on its stdout that could be taken for a result.
func TestKilled(t *testing.T) {
	if os.Getenv("KRM_TEST_FUNCTION") != "" { // this is the function
		pass := func(context.Context, *krm.List) diag.Findings { return nil }
		os.Exit(krm.Run(t.Context(), krm.Function{Run: pass}, krm.Process{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
	start := func() (*exec.Cmd, io.WriteCloser, *bytes.Buffer) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "KRM_TEST_FUNCTION=1")
		var out bytes.Buffer
		cmd.Stdout = &out
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(in, stream[:len(stream)/2]); err != nil {
			t.Fatal(err)
		}
		return cmd, in, &out
	}
	cmd, _, out := start()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || out.Len() > 0 {
		t.Errorf("killed: %v, stdout %q; want a failure and nothing", err, out)
	}
	cmd, in, out := start()
	if _, err := io.WriteString(in, stream[len(stream)/2:]); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.String() != stream {
		t.Errorf("not killed: %v, stdout %q; want the list as it came", err, out)
	}
}

// TestTextStays: the text of what a function made is what the next one reads, places and all.
func TestTextStays(t *testing.T) {
	for _, text := range []string{configMap("a", "1"), "apiVersion: v1\nkind: A\nmetadata:\n  name: b\n  annotations:\n    x: y # why\nlist:\n- a\n", "apiVersion: v1\nkind: A\nmetadata: {name: c}\nspec: {a: [1, 2]}\n"} {
		l := read(t, []byte(head+"items: []\n"+config))
		if err := own(l, items(t, text)); err != nil {
			t.Fatal(err)
		}
		before := string(l.Items[0].Text())
		if diff := cmp.Diff(string(read(t, write(t, l)).Items[0].Text()), before); diff != "" {
			t.Errorf("Text (-after it was written +before):\n%s", diff)
		}
	}
}

// TestResultsOfOne: a result names the item that it is about, whatever else its file holds.
func TestResultsOfOne(t *testing.T) {
	at := func(index string) string {
		return "annotations: {config.kubernetes.io/path: all.yaml, config.kubernetes.io/index: '" + index + "'}"
	}
	in := head + "items:\n- {apiVersion: v1, kind: Service, metadata: {name: culprit, " + at("0") + "}, spec: {a: 1, a: 2}}\n" +
		"- {apiVersion: v1, kind: List, metadata: {" + at("1") + "}, items: [{apiVersion: v1, kind: A, metadata: {name: member}, spec: {a: 1}}]}\n" +
		"- {apiVersion: v1, kind: A, metadata: {name: misread, namespace: n, " + at("2") + "}}\n" +
		"- {apiVersion: v1, kind: Secret, metadata: {name: innocent, " + at("3") + "}}\n"
	f := func(_ context.Context, l *krm.List) diag.Findings {
		var findings diag.Findings
		for _, i := range l.Items {
			objects, f := i.Objects()
			l.FileName(i)
			findings = append(findings, f...)
			for _, o := range objects {
				said := diag.Warningf("said", diag.Position{File: i.Path()}, "of %s", o.GetName())
				said.Object = o.ID().String()
				findings = append(findings, said)
			}
		}
		return append(findings, diag.Errorf("said", diag.Position{File: "all.yaml"}, "of nobody"))
	}
	_, out, stderr := run(t, f, in)
	_, results, _ := strings.Cut(out, "results:\n")
	var got []struct {
		Message     string
		ResourceRef struct{ Kind, Name, Namespace string }
		File        struct{ Index int }
	}
	if err := yaml.Unmarshal([]byte(results), &got); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range got {
		said = append(said, fmt.Sprintf("%s: %v %d", r.Message, r.ResourceRef, r.File.Index))
	}
	slices.Sort(said)
	want := []string{
		"key \"a\" is set twice in one map: {Service culprit } 0",
		"of innocent: {Secret innocent } 3",
		"of member: {A member } 1",
		"of misread: {A misread n} 2",
		"of nobody: {  } 0",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("results (-want +got):\n%s\n%s", diff, stderr)
	}
}
