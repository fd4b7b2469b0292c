package manifest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// many writes 10,000 objects as charts do, no two alike: 4,000 Deployments, 4,000 Services, 2,000 ConfigMaps, in 100 files.
func many() []string {
	files := make([]string, 100)
	for f := range files {
		var b strings.Builder
		for i := f * 40; i < f*40+40; i++ {
			fmt.Fprintf(&b, deployment, i, i, i%7, i, i, i, i%3, i, i, i, i%9+1, i%90+1)
			fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web-%d\n  namespace: team\nspec:\n  type: ClusterIP\n  selector:\n"+
				"    app: web-%d\n  ports:\n    - name: http\n      port: 80\n      targetPort: http\n    - name: metrics\n      port: %d\n", i, i, 9000+i%100)
			if i%2 == 0 {
				fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config-%d\n  namespace: team\ndata:\n  number: \"%d\"\n  text: |\n    one %d\n    two\n", i, i, i)
			}
		}
		files[f] = b.String()
	}
	return files
}

const deployment = `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-%d
  namespace: team
  labels:
    app.kubernetes.io/name: web
    app.kubernetes.io/instance: web-%d
    app.kubernetes.io/managed-by: Helm
spec:
  replicas: %d
  selector:
    matchLabels:
      app: web-%d
  template:
    metadata:
      labels:
        app: web-%d
      annotations:
        checksum/config: "%d"
    spec:
      serviceAccountName: web
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: web
          image: registry.example.com/web:1.%d.%d
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: NUMBER
              value: "%d"
            - name: PASSWORD
              valueFrom:
                secretKeyRef:
                  name: web-%d
                  key: password
          readinessProbe:
            httpGet:
              path: /ready
              port: http
          resources:
            requests:
              cpu: %d0m
              memory: %dMi
            limits:
              memory: 1Gi
          securityContext:
            allowPrivilegeEscalation: false
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: config
              mountPath: /etc/web
      volumes:
        - name: config
          configMap:
            name: config
`

func BenchmarkCheck(b *testing.B) {
	var objects []object.Object
	for _, text := range many() {
		objects = append(objects, parse(b, text)...)
	}
	if len(objects) != 10_000 {
		b.Fatalf("%d objects", len(objects))
	}
	b.ReportAllocs()
	for b.Loop() {
		if f := manifest.Check(context.Background(), objects, manifest.Options{KubeVersion: "1.36"}); len(f) > 0 {
			b.Fatal(f)
		}
	}
}

// BenchmarkParse is what comes before the check.
func BenchmarkParse(b *testing.B) {
	files := many()
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range files {
			parse(b, text)
		}
	}
}
