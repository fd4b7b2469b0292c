package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/scaffold"
)

func (a *app) initCmd() *cobra.Command {
	var o scaffold.Options
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Start a values repo",
		Long: `Start a values repo in DIR, by default the current folder: otomi.yaml with one cluster, a small example in env/, and what
keeps it right: schemas for editors, a pre-commit configuration and a CI workflow. It validates and applies as it is. In a folder
of a git repository it says what to do with the last two, which have to be at the top of that.

Files that exist are never overwritten: if one is in the way, nothing is written. --cluster names the first cluster (dev),
--context its context in a kubeconfig. With --bare the repo has a small core of its own, to build a platform from nothing,
instead of the one that the plugin carries.

The editors' schema, .otomi/schema/layer.json, belongs to the version of the core. After an upgrade, write it again with:
kubectl otomi schema --layer >.otomi/schema/layer.json`,
		Example: `  # A values repo in ./acme
  kubectl otomi init acme

  # In the current folder, for a cluster on azure, with secrets that two people can read
  kubectl otomi init --name acme --cluster prod --cloud azure --domain acme.io \
    --age age1yzl9vlrgjmarkqfmk5lwf2q7zwdx9fccedjha90fvjrkjxtwha4shk9ly8 \
    --age age1phyjgtyr4w8x8czlkhhssernpx295mdk7v4e6vf5a8hracx4hajqtsumcl

  # A platform of one's own
  kubectl otomi init --bare mine`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes one folder, not %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.init(o, args) },
	}
	cmd.Flags().StringVar(&o.Name, "name", "", "the repo's `NAME`; by default that of its folder")
	cmd.Flags().StringVar(&o.Cloud, "cloud", "local", "the `NAME` of the cloud that the cluster is in")
	cmd.Flags().StringVar(&o.Domain, "domain", "", "the `DOMAIN` of the cluster's hosts (default CLUSTER.example.com)")
	cmd.Flags().StringArrayVar(&o.Age, "age", nil, "the public age `KEY` of somebody who can read the secrets; repeatable")
	cmd.Flags().BoolVar(&o.Bare, "bare", false, "with a core of its own instead of the embedded one")
	return cmd
}

func (a *app) init(o scaffold.Options, args []string) error {
	named := o.Name != ""
	dir, err := a.completeOptions(&o, args)
	if err != nil {
		return err
	}
	if err := o.Check(); err != nil && !named && strings.HasPrefix(err.Error(), "--name: ") {
		return usagef("%w; the folder's name is taken for it, so name the repo with --name", err)
	} else if err != nil {
		return usageError{err}
	}
	top, folder := gitTop(dir)
	o.Folder = folder
	files, err := scaffold.Files(o, otomi.Core)
	if err != nil {
		return err
	}
	if err := writeRepo(dir, files); err != nil {
		return err
	}
	return a.started(dir, top, o, files)
}

// completeOptions finds the folder and what follows from it and the global flags.
func (a *app) completeOptions(o *scaffold.Options, args []string) (string, error) {
	if err := a.oneOf("text"); err != nil {
		return "", err
	}
	if a.all || len(a.clusters) > 1 {
		return "", usagef("init writes one cluster; add the others to otomi.yaml")
	}
	dir := a.dir
	if len(args) > 0 && filepath.IsAbs(args[0]) {
		dir = args[0]
	} else if len(args) > 0 {
		dir = filepath.Join(dir, args[0])
	}
	if o.Name == "" {
		path, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("name repo: %w", err)
		}
		o.Name = filepath.Base(path)
	}
	o.Cluster = "dev"
	if len(a.clusters) > 0 {
		o.Cluster = a.clusters[0]
	}
	if o.Domain == "" {
		o.Domain = o.Cluster + ".example.com"
	}
	o.Context, o.Revision = *a.kube.Context, scaffold.Revision(version)
	return dir, nil
}

// writeRepo writes all files, or none where one is in the way. It never follows a link out of the folder.
func writeRepo(dir string, files []scaffold.File) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make folder %s: %w", dir, cause(err))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open folder %s: %w", dir, cause(err))
	}
	defer root.Close() //nolint:errcheck // all files are closed
	if err := free(root, files); err != nil {
		return fmt.Errorf("start a values repo in %s: %w", dir, err)
	}
	for i, f := range files {
		if err := writeNew(root, filepath.FromSlash(f.Name), f.Data); err != nil {
			for _, written := range files[:i] {
				_ = root.Remove(filepath.FromSlash(written.Name))
			}
			return fmt.Errorf("write %s: %w", f.Name, cause(err))
		}
	}
	return nil
}

// free names every file that is in the way.
func free(root *os.Root, files []scaffold.File) error {
	var taken strings.Builder
	for _, f := range files {
		_, err := root.Lstat(filepath.FromSlash(f.Name))
		switch {
		case err == nil:
			taken.WriteString("\n  " + f.Name)
		case !errors.Is(err, fs.ErrNotExist):
			fmt.Fprintf(&taken, "\n  %s (%v)", f.Name, cause(err))
		}
	}
	if taken.Len() == 0 {
		return nil
	}
	hint := "nothing was written; move them away, or start in an empty folder and copy what you need"
	if _, err := root.Lstat("otomi.yaml"); err == nil {
		hint = "nothing was written: a values repo is here already; list clusters in its otomi.yaml, and in its .sops.yaml who can read secrets"
	}
	return fmt.Errorf("these files are in the way:%s\n%s", taken.String(), hint)
}

// writeNew never replaces a file that came into being meanwhile, and leaves no half one.
func writeNew(root *os.Root, name string, data []byte) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	if err = errors.Join(err, out.Close()); err != nil {
		_ = root.Remove(name)
	}
	return err
}

// started lists the files and says what to do next.
func (a *app) started(dir, top string, o scaffold.Options, files []scaffold.File) error {
	var text strings.Builder
	for _, f := range files {
		text.WriteString(f.Name + "\n")
	}
	if _, err := fmt.Fprint(a.Out, text.String()); err != nil {
		return err
	}
	fmt.Fprintf(a.ErrOut, "\nThe values repo %s is ready. Next:\n\n", o.Name)
	if dir != "." {
		fmt.Fprintf(a.ErrOut, "  cd %s\n", diag.ShellWord(dir))
	}
	fmt.Fprint(a.ErrOut, `  kubectl otomi validate --all-clusters   # check everything; needs no cluster
  kubectl otomi values --origin           # the values, and where each comes from
  kubectl otomi apply                     # install it
`)
	switch {
	case top == "":
		fmt.Fprintln(a.ErrOut, "  git init && pre-commit install          # check every commit")
	case o.Folder == "":
		fmt.Fprintln(a.ErrOut, "  pre-commit install                      # check every commit")
	default:
		fmt.Fprint(a.ErrOut, atTop(top, o))
	}
	if len(o.Age) == 0 {
		fmt.Fprint(a.ErrOut, "\nTo keep secrets in it, list public keys in .sops.yaml.\n")
	}
	return nil
}
