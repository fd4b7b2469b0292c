package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// serving starts a TLS server that the API server reaches through a Service of type ExternalName. It returns its port and the
// certificate to trust.
func serving(t *testing.T, h http.Handler, names ...string) (port, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: names, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, err = net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// backend is the Service of a server of the test, and a workload that is taken for what is behind it.
func backend(port string) string {
	return `apiVersion: v1
kind: Service
metadata: {name: backend, namespace: NAME}
spec: {type: ExternalName, externalName: localhost, selector: {app: backend}, ports: [{port: ` + port + `}]}
---
` + strings.NewReplacer("name: web, namespace", "name: backend, namespace", "app: web", "app: backend", ", envFrom: [{configMapRef: {name: config}}]", "").Replace(web)
}

// TestWebhookComesBehindItsWorkload: the webhook is called for what another release of the runlevel makes, and never before the
// workload behind its Service is ready.
func TestWebhookComesBehindItsWorkload(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	var lock sync.Mutex
	var called []string
	port, ca := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review struct {
			Request struct{ UID, Name string }
		}
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &review)
		lock.Lock()
		called = append(called, review.Request.Name)
		lock.Unlock()
		_, _ = fmt.Fprintf(w, `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":%q,"allowed":true}}`, review.Request.UID)
	}), "backend."+h.name+".svc")
	hook := `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: NAME}
webhooks:
  - name: hook.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    clientConfig: {caBundle: ` + ca + `, service: {name: backend, namespace: NAME, port: ` + port + `}}
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]
`
	h.mustApply(ns, hook, backend(port), "# release other level 20\n"+config)
	var order []string
	for _, e := range h.events {
		if e.Object != nil && (e.Type == EventApplied && e.Object.Kind != "Deployment" || e.Type == EventReady && e.Object.Kind == "Deployment") {
			order = append(order, e.Object.Kind)
		}
	}
	if got := strings.Join(order, " "); got != "Namespace Service Deployment ValidatingWebhookConfiguration ConfigMap" {
		t.Errorf("the order is %s", got)
	}
	lock.Lock()
	defer lock.Unlock()
	if !slices.Contains(called, "config") {
		t.Errorf("the webhook was called for %q, want config among them", called)
	}
}

// widgets is an API server for one kind, as far as an apply needs one.
type widgets struct {
	group string
	lock  sync.Mutex
	have  map[string]map[string]any // metadata by name
}

func (s *widgets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.lock.Lock()
	defer s.lock.Unlock()
	w.Header().Set("Content-Type", "application/json")
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	var answer any
	switch path := strings.TrimSuffix(r.URL.Path, "/"); {
	case path == "/apis":
		http.NotFound(w, r) // no aggregated discovery
		return
	case path == "/apis/"+s.group+"/v1":
		answer = map[string]any{"apiVersion": "v1", "kind": "APIResourceList", "groupVersion": s.group + "/v1", "resources": []any{map[string]any{
			"name": "widgets", "namespaced": true, "kind": "Widget", "verbs": []string{"get", "list", "patch", "delete"},
		}}}
	case strings.HasSuffix(path, "/widgets"):
		items := []any{}
		for _, m := range s.have {
			items = append(items, map[string]any{"metadata": m})
		}
		answer = map[string]any{"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": map[string]any{"resourceVersion": "1"}, "items": items}
	case strings.Contains(path, "/widgets/") && r.Method == http.MethodPatch:
		var sent map[string]any
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &sent)
		m, _ := sent["metadata"].(map[string]any)
		m["uid"], m["resourceVersion"] = "u-"+name, "1"
		if r.URL.Query().Get("dryRun") == "" {
			s.have[name] = m
		}
		answer = map[string]any{"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": m}
	case strings.Contains(path, "/widgets/") && s.have[name] != nil:
		answer = map[string]any{"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": s.have[name]}
		if r.Method == http.MethodDelete {
			delete(s.have, name)
			answer = map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Success"}
		}
	default:
		w.WriteHeader(http.StatusNotFound)
		answer = map[string]any{
			"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404, "details": map[string]any{"kind": "widgets", "name": name},
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// TestAPIServiceBringsItsKinds: what an aggregated API server serves is sent when it is there, in the run that brings it.
func TestAPIServiceBringsItsKinds(t *testing.T) {
	h := e2e(t)
	s := &widgets{group: h.name + ".example.com", have: map[string]map[string]any{}}
	port, _ := serving(t, s, "backend."+h.name+".svc")
	h.cleanup()
	service := `apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.NAME.example.com}
spec: {group: NAME.example.com, version: v1, groupPriorityMinimum: 1000, versionPriority: 10, insecureSkipTLSVerify: true, service: {name: backend, namespace: NAME, port: ` + port + `}}
`
	widget := "# release other level 20\napiVersion: NAME.example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: NAME}\n"
	result := h.mustApply(ns, service, backend(port), widget)
	applied := h.eventsOf(EventApplied)
	if len(applied) != 5 || !strings.HasPrefix(applied[3], "APIService") || !strings.HasPrefix(applied[4], "Widget") || result.Counts["created"] != 5 {
		t.Errorf("applied %v, want the APIService behind its workload, and then the Widget", applied)
	}
	if r := h.mustApply(ns, service, backend(port), widget); r.Counts["created"] != 0 {
		t.Errorf("the second apply = %v, want nothing made", r.Counts)
	}
	if r, err := h.run(context.Background(), h.objects(ns, service, backend(port)), ApplyOptions{}); err != nil || r.Counts["pruned"] != 1 || len(s.have) != 0 {
		t.Errorf("apply without the Widget = %v, %v, want it pruned", r.Counts, err)
	}
}
