package ready

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// A file of testdata/because holds an object and then what is related to it, in any order.
func TestBecause(t *testing.T) {
	for _, file := range glob(t, "testdata/because/*.yaml") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			texts := documents(t, file)
			want, o := comment(t, texts[0], "want"), parse(t, texts[0])
			var related Related
			for _, text := range texts[1:] {
				switch u := parse(t, text); u.GetKind() {
				case "Pod":
					related.Pods = append(related.Pods, u)
				case "ReplicaSet":
					related.ReplicaSets = append(related.ReplicaSets, u)
				case "Event":
					related.Events = append(related.Events, u)
				default:
					t.Fatalf("%s is nothing that Because looks at", u.GetKind())
				}
			}
			if got := Because(o, related); got != want {
				t.Errorf("Because = %q\n  want %q", got, want)
			}
			// The lists come from caches in any order.
			slices.Reverse(related.Pods)
			slices.Reverse(related.ReplicaSets)
			slices.Reverse(related.Events)
			if got := Because(o, related); got != want {
				t.Errorf("Because, lists reversed = %q\n                   want %q", got, want)
			}
		})
	}
}

func TestBecauseWithoutObject(t *testing.T) {
	if got := Because(nil, Related{}); got != "" {
		t.Errorf("Because(nil) = %q, want nothing", got)
	}
}

// Objects that have no uid, as in a dry run, own nothing; least of all what has no uid in its owner reference either.
func TestBecauseWithoutUID(t *testing.T) {
	o := parse(t, `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: shop}}`)
	p := parse(t, `{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, ownerReferences: [{kind: StatefulSet, name: other}]}, status: {phase: Failed}}`)
	if got := Because(o, Related{Pods: []*unstructured.Unstructured{p}}); got != "" {
		t.Errorf("Because = %q, want nothing", got)
	}
}

func TestSelects(t *testing.T) {
	for _, test := range []struct{ name, object, want string }{
		{"Deployment", `{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}}}`, "app=web,tier in (a,b)"},
		{"StatefulSet", `{apiVersion: apps/v1, kind: StatefulSet, spec: {selector: {matchLabels: {app: db}}}}`, "app=db"},
		{"DaemonSet", `{apiVersion: apps/v1, kind: DaemonSet, spec: {selector: {matchLabels: {app: agent}}}}`, "app=agent"},
		{"ReplicaSet", `{apiVersion: apps/v1, kind: ReplicaSet, spec: {selector: {matchLabels: {app: web}}}}`, "app=web"},
		{"Job", `{apiVersion: batch/v1, kind: Job, spec: {selector: {matchLabels: {batch.kubernetes.io/controller-uid: j-1}}}}`, "batch.kubernetes.io/controller-uid=j-1"},
		{"ReplicationController", `{apiVersion: v1, kind: ReplicationController, spec: {selector: {app: old}}}`, "app=old"},
		{"empty selector", `{apiVersion: apps/v1, kind: Deployment, spec: {selector: {}}}`, ""},
		{"no selector", `{apiVersion: batch/v1, kind: Job, spec: {}}`, ""},
		{"broken selector", `{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchExpressions: [{key: tier, operator: Near}]}}}`, ""},
		{"not of the form", `{apiVersion: apps/v1, kind: Deployment, spec: {selector: app=web}}`, ""},
		{"empty map", `{apiVersion: v1, kind: ReplicationController, spec: {selector: {}}}`, ""},
		{"Service", `{apiVersion: v1, kind: Service, spec: {selector: {app: web}}}`, ""},
		{"same kind of another group", `{apiVersion: example.com/v1, kind: Deployment, spec: {selector: {matchLabels: {app: web}}}}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			selector, ok := Selects(parse(t, test.object))
			if ok != (test.want != "") || (ok && selector.String() != test.want) {
				t.Errorf("Selects = %v, %v; want %q", selector, ok, test.want)
			}
			if ok && selector.Matches(labels.Set{}) {
				t.Errorf("Selects = %v, which selects Pods without labels", selector)
			}
		})
	}
}
