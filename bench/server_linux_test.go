package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// server is a cluster of the test cluster's, of which only the API server matters here.
type server struct {
	kubeconfig string
	config     *rest.Config
	client     *kubernetes.Clientset
	names      *atomic.Int64
}

// startServer starts a cluster that ends with the benchmark.
func startServer(b *testing.B) server {
	b.Helper()
	dev, state := program(b, "devcluster"), b.TempDir()
	up := exec.Command(dev, "up", "--state", state, "--until-exit-of", strconv.Itoa(os.Getpid()), "--print-kubeconfig")
	var said bytes.Buffer
	up.Stderr = &said
	out, err := up.Output()
	if err != nil {
		b.Fatalf("%v\n%s", err, said.Bytes())
	}
	b.Cleanup(func() {
		if out, err := exec.Command(dev, "down", "--state", state).CombinedOutput(); err != nil {
			b.Errorf("%v\n%s", err, out)
		}
	})
	s := server{kubeconfig: strings.TrimSpace(string(out)), names: &atomic.Int64{}}
	if s.config, err = clientcmd.BuildConfigFromFlags("", s.kubeconfig); err != nil {
		b.Fatal(err)
	}
	s.config.QPS = -1 // the server decides, as it does for everybody who is measured
	if s.client, err = kubernetes.NewForConfig(s.config); err != nil {
		b.Fatal(err)
	}
	return s
}

func (s server) newNamespace(b *testing.B) string {
	b.Helper()
	name := fmt.Sprintf("bench-%d", s.names.Add(1))
	_, err := s.client.CoreV1().Namespaces().Create(context.Background(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return name
}

// clear deletes what a turn left, so that the next does not share the server with it. The namespace itself would go in its own
// time.
func (s server) clear(b *testing.B, namespace string) {
	b.Helper()
	client, err := dynamic.NewForConfig(s.config)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range resources() {
		if err := client.Resource(r).Namespace(namespace).DeleteCollection(context.Background(), metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// resources are the kinds of the workloads.
func resources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		{Group: "apps", Version: "v1", Resource: "deployments"}, {Version: "v1", Resource: "services"}, {Version: "v1", Resource: "configmaps"},
	}
}

func resourceOf(o *unstructured.Unstructured) schema.GroupVersionResource {
	gvk := o.GroupVersionKind()
	return gvk.GroupVersion().WithResource(strings.ToLower(gvk.Kind) + "s")
}

// requests are how many the API server has counted so far, of what appliers ask for. Controllers watch these kinds, which does
// not count, and write some of their own: a few for each namespace, and the status of Deployments.
func (s server) requests(b *testing.B) float64 {
	b.Helper()
	text, err := s.client.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	sum := 0.0
	for _, m := range regexp.MustCompile(`(?m)^apiserver_request_total\{(.*)\} (\S+)$`).FindAllSubmatch(text, -1) {
		labels := string(m[1])
		if !regexp.MustCompile(`resource="(configmaps|services|deployments|secrets|leases)"`).MatchString(labels) ||
			strings.Contains(labels, `verb="WATCH"`) || strings.Contains(labels, `subresource="status"`) {
			continue
		}
		n, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += n
	}
	return sum
}

// holds compares what is in a namespace with what should be: names, and the data of ConfigMaps or the spec's own words.
func (s server) holds(b *testing.B, namespace string, objects []string) {
	b.Helper()
	client, err := dynamic.NewForConfig(s.config)
	if err != nil {
		b.Fatal(err)
	}
	live := map[string]*unstructured.Unstructured{}
	for _, r := range resources() {
		list, err := client.Resource(r).Namespace(namespace).List(context.Background(), metav1.ListOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for i := range list.Items {
			live[list.Items[i].GetKind()+"/"+list.Items[i].GetName()] = &list.Items[i]
		}
	}
	for _, want := range unstructureds(b, objects) {
		got := live[want.GetKind()+"/"+want.GetName()]
		if got == nil {
			b.Fatalf("%s %s is missing", want.GetKind(), want.GetName())
		}
		for _, part := range []string{"data", "spec"} {
			if path := within(want.Object[part], got.Object[part], part); path != "" {
				b.Fatalf("%s %s: %s differs", want.GetKind(), want.GetName(), path)
			}
		}
	}
}

// within is where the second value lacks something of the first; the API server adds defaults. Empty: nowhere.
func within(want, got any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		m, _ := got.(map[string]any)
		for k, v := range want {
			if p := within(v, m[k], path+"."+k); p != "" && !empty(v) {
				return p
			}
		}
	case []any:
		l, _ := got.([]any)
		if len(l) != len(want) {
			return path
		}
		for i, v := range want {
			if p := within(v, l[i], fmt.Sprintf("%s[%d]", path, i)); p != "" {
				return p
			}
		}
	case float64, int64, int:
		if fmt.Sprint(want) != fmt.Sprint(got) {
			return path
		}
	default:
		if want != got {
			return path
		}
	}
	return ""
}

func empty(v any) bool {
	m, is := v.(map[string]any)
	return is && len(m) == 0
}
