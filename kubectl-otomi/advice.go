package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// kubeconfigError is what is wrong with the kubeconfig, and what else it could be: another of its contexts or users, another file, or
// what flags add to it.
func (a *app) kubeconfigError(err error) error {
	raw, broken := a.kube.ToRawKubeConfigLoader().RawConfig()
	if unsound := a.proxyError(raw); unsound != nil {
		return unsound // err shows its password
	}
	context, user, flags := *a.kube.Context, *a.kube.AuthInfoName, a.credentialFlags()
	advice := "name the file of a kubeconfig with --kubeconfig or KUBECONFIG"
	switch {
	case broken != nil:
	case context != "" && raw.Contexts[context] == nil && len(raw.Contexts) > 0:
		advice = "contexts: " + strings.Join(slices.Sorted(maps.Keys(raw.Contexts)), ", ")
	case user != "" && raw.AuthInfos[user] == nil && len(raw.AuthInfos) > 0:
		advice = "users: " + strings.Join(slices.Sorted(maps.Keys(raw.AuthInfos)), ", ")
	case clientcmd.IsConfigurationInvalid(err) && len(flags) > 0:
		return fmt.Errorf("add %s to the kubeconfig: %w\ncorrect or complete the flags, or correct the kubeconfig", strings.Join(flags, ", "), err)
	}
	return fmt.Errorf("read kubeconfig: %w\n%s", err, advice)
}

// noCluster is why no kubeconfig names a server: none of the files is there, or no context is the current one.
func (a *app) noCluster() error {
	loader := a.kube.ToRawKubeConfigLoader()
	raw, _ := loader.RawConfig() // that it cannot be read was found before
	if len(raw.Contexts) > 0 {
		return fmt.Errorf("find a cluster: the kubeconfig has no current context\nname one with --context, or for good with kubectl config use-context: %s", strings.Join(slices.Sorted(maps.Keys(raw.Contexts)), ", "))
	}
	files := loader.ConfigAccess().GetLoadingPrecedence()
	missing := !slices.ContainsFunc(files, func(name string) bool { _, err := os.Stat(name); return !errors.Is(err, fs.ErrNotExist) })
	if os.Getenv(clientcmd.RecommendedConfigPathEnvVar) != "" && missing {
		return fmt.Errorf("find a cluster: no file of KUBECONFIG exists: %s\nname the file of a kubeconfig with --kubeconfig or KUBECONFIG", strings.Join(files, ", "))
	}
	return errors.New("find a cluster: no kubeconfig has one\nname a kubeconfig with --kubeconfig or KUBECONFIG")
}

// barred is what to do about a file that cannot be read or written; empty: it can.
func barred(err error) string {
	switch {
	case errors.Is(err, syscall.EROFS):
		return "the file system is read-only: name a file or folder on another one"
	case errors.Is(err, fs.ErrPermission):
		return "you lack the permission: have the owner grant it (chmod), or name a file or folder of your own"
	case errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "\n"): // who has more to say has said it
		return "name a file or folder that exists"
	}
	return ""
}

// unusable is a finding about a file or folder that the command line names, with what to do.
func unusable(rule, name string, err error) diag.Findings {
	return diag.Findings{diag.Errorf(rule, diag.Position{File: name}, "%v", err).WithHint("%s", barred(err))}
}

// unstarted is why a program did not start; nil: it did. It is no error about a file that a command reads or writes.
func unstarted(cmd *exec.Cmd, err error) error {
	var missing *exec.Error
	switch {
	case err == nil || cmd.Process != nil:
		return nil
	case errors.As(err, &missing):
		return missing.Err
	default:
		return cause(err)
	}
}
