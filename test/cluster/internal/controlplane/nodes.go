package controlplane

import (
	"context"
	"fmt"
	"runtime"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// createNodes makes the nodes as a kubelet would; kwok keeps them alive from there on.
func (p *Plane) createNodes(ctx context.Context) error {
	for i := 1; i <= p.spec.Nodes; i++ {
		node := newNode(i, p.spec.Version)
		_, err := p.client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create %s: %w", node.Name, err)
		}
	}
	return nil
}

// newNode is large enough that no test runs out of room by accident. Nodes lie in three zones, in turns.
func newNode(i int, version string) *corev1.Node {
	name := fmt.Sprintf("node-%d", i)
	room := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("256"),
		corev1.ResourceMemory:           resource.MustParse("1Ti"),
		corev1.ResourceEphemeralStorage: resource.MustParse("10Ti"),
		corev1.ResourcePods:             resource.MustParse("5000"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			corev1.LabelHostname:       name,
			corev1.LabelOSStable:       "linux",
			corev1.LabelArchStable:     runtime.GOARCH,
			corev1.LabelTopologyRegion: "local",
			corev1.LabelTopologyZone:   fmt.Sprintf("local-%c", 'a'+rune((i-1)%3)),
		}},
		Status: corev1.NodeStatus{
			Capacity:    room,
			Allocatable: room,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250+1)},
				{Type: corev1.NodeHostName, Address: name},
			},
			NodeInfo: corev1.NodeSystemInfo{
				Architecture: runtime.GOARCH, OperatingSystem: "linux", OSImage: "simulated by kwok",
				ContainerRuntimeVersion: "kwok://simulated", KernelVersion: "simulated", KubeletVersion: version,
			},
		},
	}
}
