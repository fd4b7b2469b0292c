package main

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"helm.sh/helm/v3/pkg/helmpath"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/vendoring"
)

func (a *app) coreCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "core",
		Short: "Work on a core: its charts, policies and runlevels",
		Long:  `Work on a core: what does not change per installation, its charts, policies, runlevels and schema.`,
		Example: `  # Fetch the third-party charts that a core depends on
  kubectl otomi core vendor`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.vendorCmd())
	return cmd
}

// vendorFlags are those of core vendor.
type vendorFlags struct {
	check     bool
	upgrade   bool
	plainHTTP bool
	timeout   time.Duration
}

func (a *app) vendorCmd() *cobra.Command {
	var f vendorFlags
	cmd := &cobra.Command{
		Use:   "vendor [DIR]",
		Short: "Fetch the third-party charts that a core depends on",
		Long: `Fetch the third-party charts that a core depends on, as helm dependency build does, into the core: nothing is fetched when
charts are rendered.

charts/Chart.yaml lists them as Helm's dependencies: name, version (or a range such as ^1.2) and repository (https://…,
oci://… or @NAME of Helm's repositories.yaml). Each is written to charts/NAME-VERSION.tgz, and charts/charts.lock records
its version and sha256. Commit both. A release uses it as chart: NAME or NAME@VERSION.

A version in the lock stays as long as Chart.yaml allows it; --upgrade picks the newest ones. An archive that the lock
listed and Chart.yaml no longer asks for is removed. Either everything is written or nothing.

Credentials are Helm's and docker's: what helm repo add, helm registry login and docker login have stored. HELM_REPOSITORY_CONFIG,
HELM_REGISTRY_CONFIG, DOCKER_CONFIG and the proxy variables are obeyed.

DIR is the core; without it, the one that the values repo's otomi.yaml names by a path, else the folder itself.`,
		Example: `  # Fetch what charts/Chart.yaml asks for
  kubectl otomi core vendor

  # In a pipeline: fail when Chart.yaml, lock and archives differ; needs no network
  kubectl otomi core vendor --check

  # Take the newest versions that Chart.yaml allows, in a core elsewhere
  kubectl otomi core vendor ../platform-core --upgrade`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes one folder, not %q as well", cmd.CommandPath(), args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.vendor(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.check, "check", false, "only compare Chart.yaml, lock and archives; exit code 1 when they differ")
	flags.BoolVar(&f.upgrade, "upgrade", false, "take the newest versions that Chart.yaml allows, whatever the lock says")
	flags.BoolVar(&f.plainHTTP, "plain-http", false, "allow registries that do not speak https")
	flags.DurationVar(&f.timeout, "timeout", 2*time.Minute, "how long one request may take")
	return cmd
}

func (a *app) vendor(ctx context.Context, f vendorFlags, args []string) error {
	switch err := a.oneOf("text", "json"); {
	case err != nil:
		return err
	case f.check && f.upgrade:
		return usagef("--check and --upgrade exclude each other")
	case f.timeout <= 0:
		return usagef("--timeout: want a time above 0, not %s", f.timeout)
	}
	dir, err := a.coreDir(args)
	if err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open core %s: %w", dir, cause(err))
	}
	defer root.Close() //nolint:errcheck // what was written has been closed
	a.source = func(name string) []byte {
		data, err := fs.ReadFile(root.FS(), strings.TrimPrefix(name, filepath.ToSlash(dir)+"/"))
		if err != nil || regexp.MustCompile(`://[^/\s]*@`).Match(data) { // credentials, which are an error
			return nil
		}
		return data
	}
	if f.check {
		return a.finish(below(dir, vendoring.Check(root.FS())))
	}
	result, findings := vendoring.Resolve(ctx, root.FS(), f.options(), f.upgrade)
	if ctx.Err() != nil {
		return fmt.Errorf("fetch charts: %w", ctx.Err())
	}
	if err := a.finish(below(dir, findings)); err != nil {
		return err
	}
	if err := result.Write(root); err != nil {
		return err
	}
	return a.printVendored(result)
}

// below makes positions in a core positions seen from where the command runs.
func below(dir string, findings diag.Findings) diag.Findings {
	for i := range findings {
		findings[i].At.File = path.Join(filepath.ToSlash(dir), findings[i].At.File)
		for j := range findings[i].Notes {
			findings[i].Notes[j].At.File = path.Join(filepath.ToSlash(dir), findings[i].Notes[j].At.File)
		}
	}
	return findings
}

// coreDir is the core to work on.
func (a *app) coreDir(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	fsys, err := openDisk(a.dir)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", a.dir, err)
	}
	if _, err := fs.Stat(fsys, repo.FileName); err != nil {
		return a.dir, nil //nolint:nilerr // no values repo: the folder is the core
	}
	r, findings := repo.Load(fsys, a.dir)
	if findings.Failed() {
		a.source = func(name string) []byte { data, _ := fs.ReadFile(fsys, name); return data }
		return "", findings
	}
	var dirs []string
	sources := slices.Clone(r.Core)
	for _, c := range r.Clusters {
		sources = append(sources, c.Core...)
	}
	for _, s := range sources {
		if s.Source == core.Embedded || strings.Contains(s.Source, "://") {
			continue
		}
		dir := filepath.Join(a.dir, filepath.FromSlash(s.Source))
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(vendoring.ChartFile))); err == nil && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	switch len(dirs) {
	case 0:
		return a.dir, nil
	case 1:
		return dirs[0], nil
	}
	return "", usagef("several cores have a %s: name one of %s", vendoring.ChartFile, strings.Join(dirs, ", "))
}

// options are the surroundings in which charts are fetched: Helm's and docker's files, and the proxies of the environment.
func (f vendorFlags) options() vendoring.Options {
	repositories := os.Getenv("HELM_REPOSITORY_CONFIG")
	if repositories == "" {
		repositories = helmpath.ConfigPath("repositories.yaml")
	}
	registries := os.Getenv("HELM_REGISTRY_CONFIG")
	if registries == "" {
		registries = helmpath.ConfigPath("registry/config.json")
	}
	docker := os.Getenv("DOCKER_CONFIG")
	if home, err := os.UserHomeDir(); docker == "" && err == nil {
		docker = filepath.Join(home, ".docker")
	}
	return vendoring.Options{
		Repositories: repositories, Registries: []string{registries, filepath.Join(docker, "config.json")},
		Proxy: http.ProxyFromEnvironment, PlainHTTP: f.plainHTTP, Timeout: f.timeout, Wait: time.Second,
		UserAgent: "kubectl-otomi/" + strings.TrimPrefix(version, "v"),
	}
}

func (a *app) printVendored(r *vendoring.Result) error {
	if a.output == "json" {
		return writeJSON(a.Out, map[string]any{"charts": slices.Concat([]vendoring.Chart{}, r.Charts)})
	}
	w := newTable(a.Out)
	for _, c := range r.Charts {
		change := string(c.Change)
		if c.Was != "" {
			change += " from " + c.Was
		}
		fmt.Fprintf(w, "%s\t%s\n", diag.Printable(core.Charts+"/"+c.File()), change)
	}
	return w.Flush()
}
