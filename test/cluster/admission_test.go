package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// testAdmission: what the API server lets in, and what it does not.
func testAdmission(t *testing.T, client *kubernetes.Clientset) {
	ctx, yes := testContext(t), true
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "privileged"}, Spec: podSpec()}
	pod.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: &yes}
	create(t, client, pod)

	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "few", Namespace: "kube-public"}}
	quota.Spec.Hard = corev1.ResourceList{corev1.ResourceConfigMaps: resource.MustParse("1")}
	if _, err := client.CoreV1().ResourceQuotas("kube-public").Create(ctx, quota, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		quota, err := client.CoreV1().ResourceQuotas("kube-public").Get(ctx, "few", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if used := quota.Status.Used[corev1.ResourceConfigMaps]; used.Value() < 1 {
			return fmt.Sprintf("quota = %+v, want kube-root-ca.crt counted", quota.Status)
		}
		return ""
	})
	extra := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "extra"}}
	if _, err := client.CoreV1().ConfigMaps("kube-public").Create(ctx, extra, metav1.CreateOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("create above quota = %v, want forbidden", err)
	}
	restricted := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "restricted"}}
	restricted.Labels = map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
	if _, err := client.CoreV1().Namespaces().Create(ctx, restricted, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Pods("restricted").Create(ctx, pod, metav1.CreateOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("create privileged Pod in a restricted namespace = %v, want forbidden", err)
	}
}

func testNamespace(t *testing.T, client *kubernetes.Clientset) {
	ctx := testContext(t)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "short-lived"}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		if _, err := client.CoreV1().ServiceAccounts("short-lived").Get(ctx, "default", metav1.GetOptions{}); err != nil {
			return fmt.Sprintf("no default service account: %v", err)
		}
		return ""
	})
	if err := client.CoreV1().Namespaces().Delete(ctx, "short-lived", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		if _, err := client.CoreV1().Namespaces().Get(ctx, "short-lived", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return "the deleted namespace is still there"
		}
		return ""
	})
}

// testAccess: without rights nothing is allowed, and nobody gets in without a name.
func testAccess(t *testing.T, kubeconfig string) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.Impersonate.UserName = "system:serviceaccount:default:default"
	client := kubernetes.NewForConfigOrDie(config)
	if _, err := client.CoreV1().Secrets("default").List(testContext(t), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("list secrets as a service account = %v, want forbidden", err)
	}
}

func testAudit(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var seen bool
	for line := range strings.Lines(string(data)) {
		if !strings.HasSuffix(line, "\n") {
			break // being written
		}
		var event struct{ Verb, RequestURI string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("audit.log: %v", err)
		}
		seen = seen || event.Verb == "create" && strings.HasPrefix(event.RequestURI, "/api/v1/namespaces/default/pods")
	}
	if !seen {
		t.Error("the creation of Pods is not in the audit log")
	}
}
