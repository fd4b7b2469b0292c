package cluster

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// helmRelease is whose revision a Secret is.
func helmRelease(u *unstructured.Unstructured) plan.Owner {
	name := u.GetLabels()["name"]
	if name == "" || !strings.HasPrefix(u.GetName(), "sh.helm.release.v1.") {
		return plan.Owner{}
	}
	return plan.Owner{Tool: "helm", Name: u.GetNamespace() + "/" + name}
}

// revision is the number of a Helm release's revision; 0 of anything else.
func revision(u *unstructured.Unstructured) int {
	n, _ := strconv.Atoi(u.GetLabels()["version"]) // what has no number comes first
	return n
}

// helmObjects are what the manifest of a revision has. It may hold secrets: no error says what it is.
func helmObjects(ctx context.Context, o *observer, u *unstructured.Unstructured) ([]object.ID, error) {
	var secret []byte
	err := o.retry(ctx, func() error {
		s, err := o.core.Secrets(u.GetNamespace()).Get(ctx, u.GetName(), metav1.GetOptions{})
		if err == nil {
			secret = s.Data["release"]
		}
		return err
	})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read Helm release: %w", err)
	}
	manifest, err := helmManifest(secret)
	if err != nil {
		return nil, fmt.Errorf("read Helm release in Secret %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	var ids []object.ID
	for _, d := range manifest {
		id := d.ID()
		s, err := o.kinds.find(ctx, d.GroupVersionKind().GroupKind(), "")
		switch {
		case errors.Is(err, errNoKind):
			continue // then none of it exists
		case err != nil:
			return nil, err
		case s.namespaced && id.Namespace == "":
			id.Namespace = u.GetNamespace()
		case !s.namespaced:
			id.Namespace = ""
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// helmManifest reads the manifest out of a stored release: base64 of a gzip of JSON.
func helmManifest(release []byte) ([]object.Object, error) {
	packed, err := base64.StdEncoding.DecodeString(string(release))
	if err != nil {
		return nil, errors.New("it is no base64")
	}
	unpacked := packed
	if bytes.HasPrefix(packed, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, errors.New("it cannot be unpacked")
		}
		if unpacked, err = io.ReadAll(io.LimitReader(z, maxRelease)); err != nil {
			return nil, errors.New("it cannot be unpacked")
		}
	}
	var stored struct {
		Manifest string `json:"manifest"`
	}
	if err := json.Unmarshal(unpacked, &stored); err != nil {
		return nil, errors.New("it is no JSON")
	}
	objects, findings := object.Parse("manifest", []byte(stored.Manifest))
	if findings.Failed() {
		return nil, errors.New("its manifest cannot be read")
	}
	return objects, nil
}

// maxRelease bounds what a stored release is unpacked to; 1 MiB is what a Secret holds.
const maxRelease = 256 << 20
