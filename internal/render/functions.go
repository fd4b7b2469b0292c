package render

import (
	"bytes"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/fn/runtime/runtimeutil"
	"sigs.k8s.io/kustomize/kyaml/kio"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// FunctionDisabled is the rule of a function that a kustomization names and that may not run.
const FunctionDisabled = "function-disabled"

// Plugins say what the building of a kustomization may run, and read.
type Plugins struct {
	Containers bool // functions in containers
	Exec       bool // functions that are programs
	Anywhere   bool // files outside of the kustomization's folder
}

func (p Plugins) config() *types.PluginConfig {
	if !p.Containers && !p.Exec {
		return types.DisabledPluginConfig()
	}
	c := types.MakePluginConfig(types.PluginRestrictionsNone, types.BploUseStaticallyLinked)
	c.FnpLoadingOptions.EnableExec = p.Exec
	return c
}

func (p Plugins) restrictions() types.LoadRestrictions {
	if p.Anywhere {
		return types.LoadRestrictionsNone
	}
	return types.LoadRestrictionsRootOnly
}

// configurations checks what a kustomization uses as configurations of functions. Where these come from a kustomization
// of their own, that is one of configurations.
func (c *kustomizations) configurations(dir, name string, k map[string]any, own bool) {
	fields := []string{"generators", "transformers", "validators"}
	if own {
		fields = append(fields, "resources")
	}
	for _, field := range fields {
		list, _ := k[field].([]any)
		for _, item := range list {
			entry, _ := item.(string)
			if strings.Contains(entry, "\n") {
				c.runs(name, []byte(entry))
				continue
			}
			target := path.Join(dir, entry)
			if text, err := c.files.ReadFile(target); err == nil {
				c.runs(target, text)
			} else if c.files.IsDir(target) {
				c.check(target, true)
			}
		}
	}
}

// runs finds the functions of a file that may not run. kustomize passes over programs without a word unless it is told to run
// them: a check that never ran would look like one that found nothing.
func (c *kustomizations) runs(file string, text []byte) {
	nodes, err := (&kio.ByteReader{Reader: bytes.NewReader(text), OmitReaderAnnotations: true}).Read()
	if err != nil {
		return // kustomize says it better
	}
	for _, n := range nodes {
		function, err := runtimeutil.GetFunctionSpec(n)
		if err != nil || function == nil {
			continue
		}
		at := diag.Position{File: c.display(file)}
		switch exec, image := function.Exec.Path, function.Container.Image; {
		case exec != "" && !c.plugins.Exec:
			c.findings = append(c.findings, diag.Errorf(FunctionDisabled, at, "%s %s is a function that runs the program %s, which nothing allows", n.GetKind(), n.GetName(), exec))
		case exec == "" && image != "" && !c.plugins.Containers:
			c.findings = append(c.findings, diag.Errorf(FunctionDisabled, at, "%s %s is a function that runs a container of %s, which nothing allows", n.GetKind(), n.GetName(), image))
		}
	}
}
