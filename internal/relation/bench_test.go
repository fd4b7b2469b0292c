package relation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/relation"
)

// shop is a stream of n applications in one namespace, four objects each. Where they are broken, every name is a wrong one.
func shop(t testing.TB, n int, broken bool) []object.Object {
	t.Helper()
	wrong := ""
	if broken {
		wrong = "x"
	}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app-%[1]d, namespace: shop}
spec:
  selector: {matchLabels: {app: app-%[1]d, tier: web}}
  template:
    metadata: {labels: {app: app-%[1]d, tier: web}}
    spec:
      serviceAccountName: app-%[1]d%[2]s
      containers:
        - name: app
          image: example.com/app:%[1]d
          ports: [{name: http, containerPort: 8080}]
          envFrom: [{configMapRef: {name: app-%[1]d%[2]s}}]
---
apiVersion: v1
kind: Service
metadata: {name: app-%[1]d, namespace: shop}
spec:
  selector: {app: app-%[1]d%[2]s, tier: web}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app-%[1]d, namespace: shop}
data: {a: b}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app-%[1]d, namespace: shop}
`, i, wrong)
	}
	return parse(t, b.String())
}

func TestShop(t *testing.T) {
	if findings := relation.Check(shop(t, 20, false)); len(findings) > 0 {
		t.Errorf("Check of what is right = %v", findings)
	}
	if findings := relation.Check(shop(t, 20, true)); findings.Count(diag.Warning) != 60 {
		t.Errorf("Check of what is wrong = %d warnings, want 60: %v", findings.Count(diag.Warning), findings)
	}
}

// TestLinear checks eight times as many objects, in which all is wrong. The square would take 64 times as long; 24 leaves
// room for a busy machine.
func TestLinear(t *testing.T) {
	took := func(n int) time.Duration {
		objects := shop(t, n, true)
		least := time.Hour
		for range 3 {
			start := time.Now()
			_ = relation.Check(objects) // TestShop says what it finds
			least = min(least, time.Since(start))
		}
		return least
	}
	few, many := took(125), took(1000)
	if many > 24*few {
		t.Errorf("Check of 500 objects took %s, of 4,000 objects %s", few, many)
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, broken := range map[string]bool{"right": false, "wrong": true} {
		objects := shop(b, 2500, broken)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if failed := len(relation.Check(objects)) > 0; failed != broken {
					b.Fatalf("Check found something: %v, want %v", failed, broken)
				}
			}
		})
	}
}
