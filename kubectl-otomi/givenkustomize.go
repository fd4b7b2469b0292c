package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/render"
)

// What --load-restrictor can be, in kustomize's words.
const (
	rootOnly     = "LoadRestrictionsRootOnly"
	unrestricted = "LoadRestrictionsNone"
)

// kustomizeFlags are those that only a kustomization has a use for.
func kustomizeFlags() []string {
	return []string{"enable-alpha-plugins", "enable-exec", "load-restrictor"}
}

// kustomized are the objects of the kustomization that -k names. It is waited for no longer than the context lasts: a function
// may never end.
func (f *givenFlags) kustomized(ctx context.Context) ([]object.Object, diag.Findings) {
	type result struct {
		objects  []object.Object
		findings diag.Findings
	}
	done := make(chan result, 1)
	go func() {
		objects, findings := f.build()
		done <- result{objects, findings}
	}()
	select {
	case r := <-done:
		return r.objects, r.findings
	case <-ctx.Done():
		return nil, nil
	}
}

func (f *givenFlags) build() ([]object.Object, diag.Findings) {
	shown := filepath.ToSlash(filepath.Clean(f.kustomize))
	full, err := filepath.Abs(f.kustomize)
	if err == nil {
		_, err = os.Stat(full)
	}
	if err != nil {
		return nil, unusable("read-manifest", shown, fmt.Errorf("read kustomization: %w", cause(err)))
	}
	plugins := render.Plugins{Containers: f.containers, Exec: f.exec, Anywhere: f.restrictor == unrestricted}
	objects, findings := render.Kustomize(filesys.MakeFsOnDisk(), filepath.ToSlash(full), plugins, func(name string) string {
		if rel, err := filepath.Rel(full, name); err == nil {
			return filepath.ToSlash(filepath.Join(shown, rel))
		}
		return name
	})
	for i, found := range findings {
		if found.Rule == render.FunctionDisabled {
			findings[i].Hint = "--enable-exec runs programs, with all your rights; --enable-alpha-plugins runs containers"
		}
	}
	return objects, findings
}
