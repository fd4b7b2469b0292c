package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// kubeconfigError is what is wrong with the kubeconfig, and what else it could be: another of its contexts, or another file.
func (a *app) kubeconfigError(err error) error {
	err = errors.New(anonymous(err.Error())) // a proxy-url may hold a password
	raw, broken := a.kube.ToRawKubeConfigLoader().RawConfig()
	named := *a.kube.Context
	if broken == nil && named != "" && raw.Contexts[named] == nil && len(raw.Contexts) > 0 {
		return fmt.Errorf("read kubeconfig: %w\ncontexts: %s", err, strings.Join(slices.Sorted(maps.Keys(raw.Contexts)), ", "))
	}
	return fmt.Errorf("read kubeconfig: %w\nname the file of a kubeconfig with --kubeconfig or KUBECONFIG", err)
}

// accessError says of what may not be read in the cluster where the rights that it takes are listed.
func accessError(err error, ref inventory.Ref) error {
	if !apierrors.IsForbidden(err) {
		return err
	}
	return fmt.Errorf("%w\nask for the rights that docs/rbac.md lists; what you may do says: kubectl auth can-i --list -n %s", err, ref.Namespace)
}
