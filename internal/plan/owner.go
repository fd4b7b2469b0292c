package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// Owner is who an object belongs to, by the marks that tools leave. The zero Owner is nobody.
type Owner struct {
	Tool string // otomi, helm, argo, flux, kapp, kpt
	Name string
	ID   string // by which kapp and kpt mark objects, where Name is what people call it
}

// String names the owner for people.
func (o Owner) String() string {
	tool := map[string]string{
		"otomi": "inventory", "helm": "Helm release", "argo": "Argo CD application", "flux": "Flux object", "kapp": "kapp app",
		"kpt": "kpt inventory",
	}[o.Tool]
	return strings.TrimSpace(cmp.Or(tool, o.Tool) + " " + o.Name)
}

// OwnerOf reads the marks. What kapp and kpt mark objects with is a number; what it is called the cluster knows. An object with our own label is ours, whatever else it carries, and has no other owner.
func (o Observed) OwnerOf(live *Meta) Owner {
	l, a := live.Labels, live.Annotations
	if id := l[object.LabelPartOf]; id != "" {
		return Owner{Tool: "otomi", Name: cmp.Or(o.Sets[id], id)}
	}
	if r := a["meta.helm.sh/release-name"]; r != "" {
		return Owner{Tool: "helm", Name: strings.TrimPrefix(a["meta.helm.sh/release-namespace"]+"/"+r, "/")}
	}
	for _, key := range []string{"argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance"} {
		if app := cmp.Or(a[key], l[key]); app != "" {
			app, _, _ = strings.Cut(app, ":")
			return Owner{Tool: "argo", Name: app}
		}
	}
	for _, group := range []string{"kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"} {
		if n := l[group+"/name"]; n != "" {
			return Owner{Tool: "flux", Name: strings.TrimPrefix(l[group+"/namespace"]+"/"+n, "/")}
		}
	}
	marked := Marked(live)
	if name := o.Names[marked]; name != "" {
		return Owner{marked.Tool, name, marked.Name}
	}
	return marked
}

// Marked is the owner of an object by the marks that say no more than a number, of kapp and kpt.
func Marked(live *Meta) Owner {
	if app := live.Labels["kapp.k14s.io/app"]; app != "" {
		return Owner{Tool: "kapp", Name: app}
	}
	if id := live.Annotations["config.k8s.io/owning-inventory"]; id != "" {
		return Owner{Tool: "kpt", Name: id}
	}
	return Owner{}
}

// Adoption is whose objects may be taken over.
type Adoption struct {
	All     bool
	Unowned bool
	Owners  []Owner // an empty name: all of the tool
}

// ParseAdopt reads the values of --adopt: helm[:[NS/]REL,…], kapp:APP, kpt:INV, inventory:NS/NAME, unowned, all.
func ParseAdopt(values []string) (Adoption, error) {
	var a Adoption
	for _, v := range values {
		tool, names, named := strings.Cut(v, ":")
		switch {
		case v == "all":
			a.All = true
		case v == "unowned":
			a.Unowned = true
		case tool == "helm" && !named:
			a.Owners = append(a.Owners, Owner{Tool: tool})
		case tool == "inventory" && names != "":
			a.Owners = append(a.Owners, Owner{Tool: "otomi", Name: names})
		case slices.Contains([]string{"helm", "kapp", "kpt"}, tool) && names != "":
			for _, name := range strings.Split(names, ",") {
				a.Owners = append(a.Owners, Owner{Tool: tool, Name: name})
			}
		default:
			return Adoption{}, fmt.Errorf("read --adopt %q: want helm[:[NAMESPACE/]RELEASE,…], kapp:APP, kpt:INVENTORY, inventory:NAMESPACE/NAME, unowned or all", v)
		}
	}
	return a, nil
}

func (a Adoption) allows(o Owner) bool {
	if a.All || (o == Owner{} && a.Unowned) {
		return true
	}
	return slices.ContainsFunc(a.Owners, func(want Owner) bool {
		_, short, _ := strings.Cut(o.Name, "/")
		return want.Tool == o.Tool && slices.Contains([]string{"", o.Name, short, o.ID}, want.Name)
	})
}

// plain are the tools' names that the adoption gives without a namespace.
func (a Adoption) plain() []Owner {
	return slices.DeleteFunc(slices.Clone(a.Owners), func(o Owner) bool { return o.Tool != "helm" || o.Name == "" || strings.Contains(o.Name, "/") })
}

// ambiguous refuses to take objects over from two Helm releases of one name where one was meant.
func (m *maker) ambiguous() {
	for _, want := range m.in.Options.Adopt.plain() {
		var meant, flags []string
		for _, a := range m.plan.Actions {
			if _, short, _ := strings.Cut(a.From.Name, "/"); a.Op == Adopt && a.From.Tool == want.Tool && short == want.Name {
				meant = append(meant, a.From.Name)
			}
		}
		slices.Sort(meant)
		if meant = slices.Compact(meant); len(meant) < 2 {
			continue
		}
		for _, name := range meant {
			flags = append(flags, Owner{Tool: want.Tool, Name: name}.flag())
		}
		m.refuse(Refusal{
			Rule: RuleOwner, Final: true, Hint: strings.Join(flags, " or "),
			Message: fmt.Sprintf("--adopt helm:%s could mean the releases %s", want.Name, strings.Join(meant, " and ")),
		})
	}
}

// flag is what takes the object over.
func (o Owner) flag() string {
	switch o.Tool {
	case "":
		return "--adopt unowned"
	case "helm":
		return "--adopt helm:" + o.Name
	case "kapp", "kpt":
		_, short, found := strings.Cut(o.Name, "/")
		if !found {
			short = o.Name
		}
		return "--adopt " + o.Tool + ":" + short
	case "otomi":
		return "--adopt inventory:" + o.Name
	default:
		return "--adopt all"
	}
}

// ToolOf says which tool or controller a field manager is, for those that many clusters have.
func ToolOf(manager string) string {
	for _, known := range []struct{ manager, tool string }{
		{"helm", "Helm"},
		{"helm-controller", "Flux"},
		{"kustomize-controller", "Flux"},
		{"flux", "Flux"},
		{"argocd-controller", "Argo CD"},
		{"argocd-application-controller", "Argo CD"},
		{"kapp", "kapp"},
		{"kapp-server-side-apply", "kapp"},
		{"kapp-controller", "kapp"},
		{"kube-controller-manager", "Kubernetes' own controllers"},
		{"cainjector", "cert-manager"},
		{"cert-manager-cainjector", "cert-manager"},
		{"keda", "KEDA"},
		{"keda-operator", "KEDA"},
		{"vpa-updater", "the vertical Pod autoscaler"},
		{"before-first-apply", "whoever made it before server-side apply"},
	} {
		if manager == known.manager {
			return ", which is " + known.tool
		}
	}
	return ""
}
