package plan

import (
	"strings"
	"testing"
)

func TestReferences(t *testing.T) {
	o := parsed(t, `apiVersion: batch/v1
kind: CronJob
metadata: {name: c, namespace: x}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: sa
          imagePullSecrets: [{name: pull}]
          volumes:
            - {name: a, configMap: {name: cm}}
            - {name: b, secret: {secretName: s, optional: true}}
            - {name: c, persistentVolumeClaim: {claimName: pvc}}
            - {name: d, projected: {sources: [{secret: {name: ps}}]}}
          initContainers: [{name: i, envFrom: [{secretRef: {name: env}}]}]
          containers: [{name: m, env: [{name: A, valueFrom: {configMapKeyRef: {name: key, key: k}}}, {name: B, value: b}]}]
`)[0]
	var got []string
	for _, id := range References(o) {
		got = append(got, id.String())
	}
	want := "ServiceAccount/x/sa Secret/x/pull ConfigMap/x/cm PersistentVolumeClaim/x/pvc Secret/x/ps Secret/x/env ConfigMap/x/key"
	if strings.Join(got, " ") != want {
		t.Errorf("references = %v\nwant %s", got, want)
	}
}
