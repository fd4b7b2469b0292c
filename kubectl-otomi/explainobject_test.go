package main

import (
	"io"
	"io/fs"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/trace"
)

// acme is the line of a cluster of examples/acme up to the objects.
func acme(t *testing.T, cluster string, set ...string) *built {
	t.Helper()
	a := &app{
		hidden:    &hidden{},
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: io.Discard},
		dir:       "../examples/acme", clusters: []string{cluster}, kube: genericclioptions.NewConfigFlags(false),
	}
	w, clusters, err := a.chosen(renderFlags{secrets: "placeholder", set: set})
	if err != nil {
		t.Fatal(err)
	}
	return w.until(t.Context(), clusters[0], atObjects, time.Time{})
}

func tracer(b *built, o object.Object) *trace.Tracer {
	r := trace.Rendered{Releases: b.releases, Objects: b.objects, Images: b.cluster.Images.Rewrite, Words: b.schema.Words}
	return trace.New(b.input(), r, o)
}

// TestEveryFieldHasAPlace holds that every field of every object of acme was written by a line that is there, and that has the
// field's name, its value, or an action that may have written it.
func TestEveryFieldHasAPlace(t *testing.T) {
	lines := map[string][]string{}
	fields, actions := 0, 0
	for _, cluster := range []string{"dev", "prod"} {
		b := acme(t, cluster)
		for _, o := range b.objects {
			tracer := tracer(b, o)
			for _, path := range leafPaths(o.Object, nil) {
				by, at := tracer.Place(path)
				if by == trace.Pipeline {
					continue
				}
				if lines[at.File] == nil {
					lines[at.File] = linesOf(t, at.File)
				}
				if at.Line < 1 || at.Line > len(lines[at.File]) || at.Col < 1 {
					t.Errorf("%s %s is written at %s, which is not there", o.ID(), source.Path(path), at)
					continue
				}
				value, _ := object.Field(o.Object, path)
				text, isText := value.(string)
				line := lines[at.File][at.Line-1]
				fields++
				if strings.Contains(line, "{{") {
					actions++
				}
				named := strings.Contains(line, path[len(path)-1]) || isText && strings.Contains(line, text)
				if by != trace.Namespace && !named && !strings.Contains(line, "{{") {
					t.Errorf("%s %s is written at %s, which says %q", o.ID(), source.Path(path), at, line)
				}
			}
		}
	}
	if fields < 1000 || actions == fields {
		t.Errorf("%d fields, %d of them written by actions: want more, and some that are no actions", fields, actions)
	}
}

func linesOf(t *testing.T, file string) []string {
	t.Helper()
	var data []byte
	var err error
	if name, embedded := strings.CutPrefix(file, "embedded:"); embedded {
		data, err = fs.ReadFile(otomi.Core, name)
	} else {
		data, err = os.ReadFile("../examples/acme/" + file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func leafPaths(v any, at []string) [][]string {
	var paths [][]string
	below := func(name string, item any) {
		paths = append(paths, leafPaths(item, append(at[:len(at):len(at)], name))...)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			below(name, item)
		}
	case []any:
		for i, item := range v {
			below(strconv.Itoa(i), item)
		}
	default:
		return [][]string{at}
	}
	return paths
}

// TestExactIsExact sets values of acme with --set, one by one: those that a trace calls exact change the field, and those that
// it does not name leave it as it is.
func TestExactIsExact(t *testing.T) {
	b := acme(t, "dev")
	for _, c := range []struct {
		object, field string
		changes       map[string]string // what the trace has to name, with another value
		leaves        []string
	}{
		{
			"Deployment/website/website", "spec.replicas",
			map[string]string{"apps.website.replicas": "4", "apps.website.enabled": "false"},
			[]string{"apps.hello.replicas=4", "apps.website.title=other", "teams.shop.enabled=false", "ingress.className=other"},
		},
		{
			"Ingress/hello/hello", "spec.rules[0].host",
			map[string]string{
				"apps.hello.ingress.host": "other.acme.io", "apps.hello.ingress.enabled": "false", "apps.hello.enabled": "false",
			},
			[]string{"apps.hello.message=other", "apps.website.ingress.host=other.acme.io", "apps.hello.ingress.path=/x"},
		},
		{
			"ResourceQuota/team-shop/team", "spec.hard.pods",
			map[string]string{"teams.shop.quota.pods": "11", "teams.shop.enabled": "false"},
			[]string{"teams.data.quota.pods=11", "teams.shop.quota.cpu=5"},
		},
		{
			"Namespace/team-data", `metadata.labels["pod-security.kubernetes.io/enforce"]`,
			map[string]string{"teams.data.podSecurity": "baseline", "teams.data.enabled": "false"},
			[]string{"teams.shop.podSecurity=restricted", "teams.data.network.egress=any"},
		},
	} {
		o := byName(t, b, c.object)
		path, err := source.ParsePath(c.field)
		if err != nil {
			t.Fatal(err)
		}
		f := tracer(b, o).Field(t.Context(), path)
		exact := map[string]bool{}
		for _, l := range f.Tree {
			if l.Certainty == trace.Exact {
				exact[source.Path(l.Path)] = true
			}
		}
		for name, value := range c.changes {
			if !exact[name] {
				t.Errorf("%s %s: %s is not among %v", c.object, c.field, name, exact)
			}
			if reflect.DeepEqual(fieldWith(t, o, path, name+"="+value), f.Value) {
				t.Errorf("%s %s: --set %s=%s does not change it", c.object, c.field, name, value)
			}
		}
		for _, set := range c.leaves {
			if name, _, _ := strings.Cut(set, "="); exact[name] {
				t.Errorf("%s %s: %s is called exact", c.object, c.field, name)
			}
		}
		if got := fieldWith(t, o, path, c.leaves...); !reflect.DeepEqual(got, f.Value) {
			t.Errorf("%s %s: --set %v makes it %v, and the trace named none of them", c.object, c.field, c.leaves, got)
		}
	}
}

func byName(t *testing.T, b *built, id string) object.Object {
	t.Helper()
	for _, o := range b.objects {
		if o.ID().String() == id {
			return o
		}
	}
	t.Fatalf("acme has no %s", id)
	return object.Object{}
}

// fieldWith is a field of acme's object with other values, nil where it is gone.
func fieldWith(t *testing.T, o object.Object, path []string, set ...string) any {
	t.Helper()
	b := acme(t, "dev", set...)
	if b.findings.Failed() {
		t.Fatalf("--set %s: %v", set, b.findings)
	}
	for _, x := range b.objects {
		if x.ID() == o.ID() {
			value, _ := object.Field(x.Object, path)
			return value
		}
	}
	return nil
}
