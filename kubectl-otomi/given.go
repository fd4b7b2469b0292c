package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/intake"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// givenFlags name manifests that come from no values repo, and what to hold them to.
type givenFlags struct {
	files       []string
	recursive   bool
	kustomize   string
	policies    []string
	allPackages bool
	preset      string
	parameters  string
	kubeVersion string
	inventory   string
	containers  bool
	exec        bool
	restrictor  string
	checked     bool // objects have to bear the mark of check-policies
}

func (f *givenFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVarP(&f.files, "filename", "f", nil, "the manifests of `FILE`, a folder, or - for standard input; repeatable")
	flags.BoolVarP(&f.recursive, "recursive", "R", false, "with -f: the folders in a folder too")
	flags.StringVarP(&f.kustomize, "kustomize", "k", "", "what the kustomization in `DIR` makes")
	flags.StringArrayVar(&f.policies, "policies", nil, "with -f or -k: hold objects to the policies in `DIR`, embedded ones, or those in the stream; repeatable")
	flags.BoolVar(&f.allPackages, "all-packages", false, "with --policies: rules written for conftest judge from all packages, not from main alone")
	flags.StringVar(&f.preset, "policy-preset", "", "with -f or -k: privileged, baseline or restricted (default: baseline)")
	flags.StringVar(&f.parameters, "parameters", "", "with -f or -k: the policies' parameters by id, and the data of rules written for conftest: a YAML or JSON `FILE`")
	flags.StringVar(&f.kubeVersion, "kube-version", "", "with -f or -k: the `VERSION` of Kubernetes, such as 1.36 (default: the newest that is known)")
	flags.BoolVar(&f.containers, "enable-alpha-plugins", false, "with -k: run the functions in containers that the kustomization names")
	flags.BoolVar(&f.exec, "enable-exec", false, "with -k: run the functions that are programs, with all your rights")
	flags.StringVar(&f.restrictor, "load-restrictor", rootOnly, "with -k: "+unrestricted+" lets the kustomization name files outside of its folder")
	flags.BoolVar(&f.checked, "require-checked", false, "with -f or -k: refuse objects without the mark of the function check-policies")
}

// set adds what names the set that manifests belong to, for commands that work on a cluster.
func (f *givenFlags) set(flags *pflag.FlagSet) {
	flags.StringVar(&f.inventory, "inventory", "", "with -f or -k: the set that the manifests make up, `[NAMESPACE/]NAME`")
}

// any reports whether manifests are named.
func (f *givenFlags) any() bool { return len(f.files) > 0 || f.kustomize != "" }

// unused refuses what means nothing where no manifests are named: a values repo has its own way to say it.
func (f *givenFlags) unused(flags *pflag.FlagSet) error {
	for _, name := range kustomizeFlags() {
		if flags.Changed(name) {
			return usagef("--%s goes with -k", name)
		}
	}
	for _, flag := range [][2]string{
		{"recursive", ""},
		{"policies", "; a values repo's policies are those of its cores"},
		{"all-packages", ""},
		{"policy-preset", "; a values repo has policyPreset in its values"},
		{"parameters", "; a values repo has them in its values, below policies"},
		{"kube-version", "; a values repo has kubeVersion in otomi.yaml"},
		{"require-checked", "; what a values repo makes is held against its policies in every run"},
		{"inventory", "; a values repo has spec.inventory in otomi.yaml"},
	} {
		if flags.Changed(flag[0]) {
			return usagef("--%s goes with -f or -k%s", flag[0], flag[1])
		}
	}
	return nil
}

// check refuses flags that contradict each other.
func (f *givenFlags) check(cmd *cobra.Command) error {
	flags := cmd.Flags()
	if err := homeless(flags); err != nil {
		return err
	}
	switch {
	case len(f.files) > 0 && f.kustomize != "":
		return usagef("-f and -k exclude each other")
	case f.recursive && f.kustomize != "":
		return usagef("-R goes with -f")
	case f.kustomize == "" && slices.ContainsFunc(kustomizeFlags(), flags.Changed):
		return usagef("--%s goes with -k", kustomizeFlags()[slices.IndexFunc(kustomizeFlags(), flags.Changed)])
	case strings.Count(","+strings.Join(f.files, ",,")+",", ",-,") > 1:
		return usagef("-f -: standard input can be read once")
	case len(f.policies) == 0 && flags.Changed("parameters"):
		return usagef("--parameters are those of policies; name some with --policies")
	case len(f.policies) == 0 && f.allPackages:
		return usagef("--all-packages is about policies; name some with --policies")
	case len(f.policies) == 0 && flags.Changed("policy-preset"):
		return usagef("--policy-preset chooses among policies; name some with --policies")
	}
	return f.choices(cmd.Name())
}

// homeless refuses flags that mean something in a values repo alone.
func homeless(flags *pflag.FlagSet) error {
	names := []string{"directory", "cluster", "all-clusters", "values", "set", "secrets", "selector", "hermetic", "against"}
	if flags.Lookup("inventory") == nil { // else these tell objects by their marks
		names = append(names, "release", "runlevel")
	}
	for _, name := range names {
		if flags.Changed(name) {
			return usagef("--%s is for a values repo; with -f or -k there is none", name)
		}
	}
	return nil
}

// ref is the set that the manifests make up.
func (f *givenFlags) ref() (inventory.Ref, error) {
	if f.inventory == "" {
		return inventory.Ref{}, usagef("-f and -k need --inventory [NAMESPACE/]NAME: the name under which the cluster remembers what was applied, so that the next run can prune what is gone")
	}
	ref, err := inventory.ParseRef(f.inventory)
	if err != nil {
		return ref, usagef("--inventory: %v", err)
	}
	return ref, nil
}

// choices refuses what no flag can be.
func (f *givenFlags) choices(command string) error {
	if f.preset != "" && !slices.Contains(policy.Presets(), f.preset) {
		return usagef("--policy-preset: want privileged, baseline or restricted, not %q", f.preset)
	}
	if f.restrictor != rootOnly && f.restrictor != unrestricted {
		return usagef("--load-restrictor: want %s or %s, not %q", rootOnly, unrestricted, f.restrictor)
	}
	if err := manifest.CheckVersion(f.kubeVersion); err != nil {
		return usagef("--kube-version: %v", err)
	}
	if remote(f.kustomize) {
		return usagef("-k %s: nothing is fetched; try: kustomize build URL | kubectl otomi %s -f -", f.kustomize, command)
	}
	for _, name := range f.files {
		if remote(name) {
			return usagef("-f %s: nothing is fetched; try: curl -fsSL URL | kubectl otomi %s -f -", name, command)
		}
	}
	return nil
}

func remote(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// read reads the objects that the flags name. That there are none is an error, as it is for kubectl: a pipeline whose first part
// failed has checked nothing.
func (a *app) read(ctx context.Context, f givenFlags) ([]object.Object, diag.Findings) {
	objects, findings := a.readNamed(ctx, f)
	if len(objects) == 0 && !findings.Failed() && ctx.Err() == nil {
		findings = append(findings, diag.Errorf("no-manifests", diag.Position{}, "there is no object to check"))
	}
	return objects, findings
}

// readNamed reads what is for a cluster of the manifests that the flags name.
func (a *app) readNamed(ctx context.Context, f givenFlags) ([]object.Object, diag.Findings) {
	all, findings := a.readAll(ctx, f)
	objects, left := forCluster(all)
	return objects, slices.Concat(findings, left, a.elsewhere(objects))
}

// elsewhere are the objects that name another namespace than --namespace, as kubectl refuses them.
func (a *app) elsewhere(objects []object.Object) diag.Findings {
	namespace, explicit := a.kubeNamespace()
	if !explicit {
		return nil
	}
	var findings diag.Findings
	lists := &sync.Map{}
	for _, o := range objects {
		if in := o.GetNamespace(); in != "" && in != namespace {
			f := diag.Errorf("manifest", object.NewLocator(o, lists).Place("metadata.namespace"), "the object is in the namespace %s, which is not that of --namespace=%s", in, namespace).WithPath("metadata.namespace")
			f.Object = o.ID().String()
			findings = append(findings, f)
		}
	}
	return findings
}

func (a *app) readAll(ctx context.Context, f givenFlags) ([]object.Object, diag.Findings) {
	if f.kustomize != "" {
		return f.kustomized(ctx)
	}
	var files []intake.File
	var findings diag.Findings
	for _, name := range f.files {
		more, failed := a.named(ctx, name, f.recursive)
		files, findings = append(files, more...), append(findings, failed...)
	}
	known := map[string]bool{}
	files = slices.DeleteFunc(files, func(f intake.File) bool {
		twice := known[f.Name]
		known[f.Name] = true
		return twice
	})
	a.source = given{files, map[string][]byte{}}.source
	objects, more := intake.Read(ctx, files)
	return objects, append(findings, more...)
}

// named are the files that one -f names.
func (a *app) named(ctx context.Context, name string, recursive bool) ([]intake.File, diag.Findings) {
	shown := filepath.ToSlash(filepath.Clean(name))
	if name == "-" {
		return []intake.File{intake.Stream(ctx, name, a.In)}, nil
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, unusable("read-manifest", shown, fmt.Errorf("read manifests: %w", cause(err)))
	case info.IsDir():
		return intake.Folder(disk{os.DirFS(name)}, shown, recursive)
	case stream(name):
		f, err := os.Open(name)
		if err != nil {
			return nil, unusable("read-manifest", shown, fmt.Errorf("read manifests: %w", cause(err)))
		}
		return []intake.File{intake.Stream(ctx, shown, f)}, nil
	default:
		return []intake.File{intake.Single(disk{os.DirFS(filepath.Dir(name))}, filepath.Base(name), shown)}, nil
	}
}

// given are the files that -f names, and the texts that findings name.
type given struct {
	files []intake.File
	texts map[string][]byte
}

// source is the text behind a position, for excerpts: of such a file, of a policy, of the parameters. Every file is read once.
func (g given) source(name string) []byte {
	if text, known := g.texts[name]; known {
		return text
	}
	read := func() ([]byte, error) {
		w := workspace{fs: disk{os.DirFS(".")}, dir: "."}
		return w.readText(name)
	}
	if i := slices.IndexFunc(g.files, func(f intake.File) bool { return f.Name == name }); i >= 0 {
		read = g.files[i].Read
	}
	text, err := read()
	if err != nil {
		text = nil
	}
	g.texts[name] = text
	return text
}
