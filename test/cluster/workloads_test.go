package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// TestWorkloads shares one cluster: what a user can expect to happen to objects.
func TestWorkloads(t *testing.T) {
	root := t.TempDir()
	client := up(t, root, "work", "--nodes", "2", "--audit")
	t.Run("version", func(t *testing.T) { testVersion(t, client) })
	t.Run("pods", func(t *testing.T) { testPods(t, client) })
	t.Run("jobs", func(t *testing.T) { testJobs(t, client) })
	t.Run("autoscaler", func(t *testing.T) { testAutoscaler(t, client) })
	t.Run("admission", func(t *testing.T) { testAdmission(t, client) })
	t.Run("namespace", func(t *testing.T) { testNamespace(t, client) })
	t.Run("access", func(t *testing.T) { testAccess(t, clusterDir(t, root, "work").Kubeconfig()) })
	t.Run("audit", func(t *testing.T) { testAudit(t, clusterDir(t, root, "work").File("audit.log")) })
}

func testVersion(t *testing.T, client *kubernetes.Clientset) {
	info, err := client.Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if info.Major != "1" || !strings.HasPrefix(info.GitVersion, "v1."+info.Minor+".") {
		t.Errorf("version = %+v, want the stamp of a release", info)
	}
}

// podSpec has every kind of container.
func podSpec() corev1.PodSpec {
	always := corev1.ContainerRestartPolicyAlways
	return corev1.PodSpec{
		InitContainers: []corev1.Container{{Name: "init", Image: "init"}, {Name: "sidecar", Image: "sidecar", RestartPolicy: &always}},
		Containers:     []corev1.Container{{Name: "main", Image: "main"}},
	}
}

func testPods(t *testing.T, client *kubernetes.Clientset) {
	for name, test := range map[string]struct {
		annotation, want string
	}{
		"plain":   {"", "Running ready "},
		"unready": {"not-ready", "Running unready "},
		"fail":    {"fail", "Running unready CrashLoopBackOff"},
		"image":   {"image-missing", "Pending unready ImagePullBackOff"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := testContext(t)
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: podSpec()}
			if test.annotation != "" {
				pod.Annotations = map[string]string{"devcluster.otomi.io/" + test.annotation: "true"}
			}
			create(t, client, pod)
			wantPod(ctx, t, client, name, test.want)
			if test.annotation == "" {
				return
			}
			patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"devcluster.otomi.io/%s":null}}}`, test.annotation)
			_, err := client.CoreV1().Pods("default").Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
			if err != nil {
				t.Fatal(err)
			}
			wantPod(ctx, t, client, name, "Running ready ")
			if err := client.CoreV1().Pods("default").Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() string {
				if _, err := client.CoreV1().Pods("default").Get(ctx, name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
					return fmt.Sprintf("the deleted Pod is still there: %v", err)
				}
				return ""
			})
		})
	}
}

func create(t *testing.T, client *kubernetes.Clientset, pod *corev1.Pod) {
	t.Helper()
	if _, err := client.CoreV1().Pods("default").Create(testContext(t), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func wantPod(ctx context.Context, t *testing.T, client *kubernetes.Clientset, name, want string) {
	t.Helper()
	eventually(t, func() string {
		pod, err := client.CoreV1().Pods("default").Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(pod); got != want {
			return fmt.Sprintf("Pod %s is %q, want %q", name, got, want)
		}
		if pod.Status.PodIP == "" || pod.Status.HostIP == "" || pod.Status.StartTime == nil {
			return fmt.Sprintf("Pod %s lacks addresses: %+v", name, pod.Status)
		}
		if init := pod.Status.InitContainerStatuses; len(init) != 2 || init[0].State.Terminated == nil || init[1].State.Running == nil {
			return fmt.Sprintf("init containers = %+v, want one that is done and one that runs", init)
		}
		return ""
	})
}

func describe(pod *corev1.Pod) string {
	ready, waiting := "unready", ""
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			ready = "ready"
		}
	}
	for _, container := range pod.Status.ContainerStatuses {
		if container.State.Waiting != nil {
			waiting = container.State.Waiting.Reason
		}
	}
	return fmt.Sprintf("%s %s %s", pod.Status.Phase, ready, waiting)
}

func testJobs(t *testing.T, client *kubernetes.Clientset) {
	for name, test := range map[string]struct {
		annotations map[string]string
		want        batchv1.JobConditionType
	}{
		"done":   {nil, batchv1.JobComplete},
		"later":  {map[string]string{"devcluster.otomi.io/job-duration": "2s"}, batchv1.JobComplete},
		"failed": {map[string]string{"devcluster.otomi.io/fail": "true"}, batchv1.JobFailed},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := testContext(t)
			spec := podSpec()
			spec.RestartPolicy = corev1.RestartPolicyNever
			job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name}}
			job.Spec.BackoffLimit = new(int32)
			job.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Annotations: test.annotations}, Spec: spec}
			if _, err := client.BatchV1().Jobs("default").Create(ctx, job, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() string {
				job, err := client.BatchV1().Jobs("default").Get(ctx, name, metav1.GetOptions{})
				if err != nil {
					t.Fatal(err)
				}
				for _, condition := range job.Status.Conditions {
					if condition.Type == test.want && condition.Status == corev1.ConditionTrue {
						return ""
					}
				}
				return fmt.Sprintf("Job %s = %+v, want %s", name, job.Status, test.want)
			})
		})
	}
}

func testAutoscaler(t *testing.T, client *kubernetes.Clientset) {
	ctx := testContext(t)
	labels := map[string]string{"app": "web"}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web"}}
	deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	deployment.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()}
	if _, err := client.AppsV1().Deployments("default").Create(ctx, deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	least := int32(3)
	scaler := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "web"}}
	scaler.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
		MinReplicas:    &least, MaxReplicas: 5,
	}
	if _, err := client.AutoscalingV2().HorizontalPodAutoscalers("default").Create(ctx, scaler, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		deployment, err := client.AppsV1().Deployments("default").Get(ctx, "web", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if *deployment.Spec.Replicas != least || deployment.Status.AvailableReplicas != least {
			return fmt.Sprintf("the autoscaler has not scaled to %d: %+v", least, deployment.Status)
		}
		return ""
	})
}
