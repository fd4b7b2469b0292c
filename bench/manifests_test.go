package bench

import (
	"fmt"
	"strings"
	"testing"
)

// deployments is how many there are among ten thousand objects: as many Services, and half as many ConfigMaps.
const deployments = 4000

// manifests writes ten thousand objects into a hundred files, in the block YAML that Helm and people write. No two of their
// Pods are alike. Wrong spoils the text of some Deployments; Services and ConfigMaps are as they should be.
func manifests(tb testing.TB, wrong func(i int, text string) string) string {
	tb.Helper()
	dir := tb.TempDir()
	for file := range 100 {
		var b strings.Builder
		for i := file; i < deployments; i += 100 {
			b.WriteString(wrong(i, deployment(i)))
			b.WriteString(service(i))
			if i < deployments/2 {
				b.WriteString(configMap(i))
			}
		}
		put(tb, dir, fmt.Sprintf("team-%02d.yaml", file), b.String())
	}
	return dir
}

func deployment(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-%[1]d
  namespace: team-%[2]d
  labels:
    app.kubernetes.io/name: app-%[1]d
    app.kubernetes.io/instance: app-%[1]d
    app.kubernetes.io/part-of: shop
    app.kubernetes.io/version: "1.%[1]d"
    app.kubernetes.io/managed-by: Helm
spec:
  replicas: %[3]d
  selector:
    matchLabels:
      app.kubernetes.io/instance: app-%[1]d
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-%[1]d
        app.kubernetes.io/instance: app-%[1]d
      annotations:
        checksum/config: "%064[4]x"
    spec:
      containers:
`, i, i%100, 2+i%5, i*7919)
	for c := range 1 + i%3/2 {
		container(&b, i, c)
	}
	fmt.Fprintf(&b, `      volumes:
        - name: config
          configMap:
            name: config-%d
        - name: tmp
          emptyDir: {}
`, i%(deployments/2))
	return b.String()
}

func container(b *strings.Builder, i, c int) {
	fmt.Fprintf(b, `        - name: part-%[2]d
          image: registry.example.com/shop/app-%[1]d:1.%[2]d.%[1]d
          imagePullPolicy: IfNotPresent
          ports:
            - name: http-%[2]d
              containerPort: 80%[2]d0
          env:
`, i, c)
	for e := range 2 + (i+c)%3 {
		fmt.Fprintf(b, "            - name: SETTING_%d\n              value: \"%d\"\n", e, i+e)
	}
	fmt.Fprintf(b, `            - name: CREDENTIAL
              valueFrom:
                secretKeyRef:
                  name: credentials
                  key: part-%[2]d
                  optional: true
          readinessProbe:
            httpGet:
              path: /ready
              port: http-%[2]d
            periodSeconds: %[3]d
          livenessProbe:
            httpGet:
              path: /live
              port: http-%[2]d
          resources:
            requests:
              cpu: %[3]d0m
              memory: %[4]dMi
            limits:
              cpu: "%[3]d"
              memory: %[4]dMi
          securityContext:
            allowPrivilegeEscalation: false
            privileged: false
            readOnlyRootFilesystem: true
            runAsNonRoot: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: config
              mountPath: /etc/app
`, i, c, 1+(i+c)%9, 64+i%1000)
}

func service(i int) string {
	return fmt.Sprintf(`---
apiVersion: v1
kind: Service
metadata:
  name: app-%[1]d
  namespace: team-%[2]d
  labels:
    app.kubernetes.io/name: app-%[1]d
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/instance: app-%[1]d
  ports:
    - name: http
      port: 80
      targetPort: http-0
`, i, i%100)
}

// configMap is what the Deployments i and i+deployments/2, which are of one team, mount.
func configMap(i int) string {
	return fmt.Sprintf(`---
apiVersion: v1
kind: ConfigMap
metadata:
  name: config-%[1]d
  namespace: team-%[2]d
data:
  number: "%[1]d"
  app.conf: |
    # of app %[1]d
    listen = 0.0.0.0:8080
    upstream = "app-%[1]d.team-%[2]d.svc:80"

    [limits]
    requests = %[1]d
`, i, i%100)
}
