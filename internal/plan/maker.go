package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// maker is a plan in the making.
type maker struct {
	in        Input
	setID     string
	plan      *Plan
	problems  Problems
	wanted    map[object.ID]object.Object // every desired object, selected or not
	scalers   map[object.ID]object.ID     // scaled object → its HorizontalPodAutoscaler
	used      []bool                      // approvals that allowed something
	downgrade bool                        // the plugin or the core is older than the last run's
}

func newMaker(in Input) *maker {
	inv := inventory.New(in.Ref, inventory.Cluster{})
	if in.Inventory != nil {
		inv = in.Inventory.Clone()
	}
	p := &Plan{
		Ref: in.Ref, Inventory: inv, First: len(inv.Runs) == 0 && len(inv.Entries) == 0, Versions: in.Versions,
		Cluster:  inventory.Cluster{Name: in.Cluster.Name, UID: in.Observed.ServerUID},
		Releases: in.Releases, Overrides: in.Overrides, Narrowed: in.Selected != nil, Destroy: in.Options.Destroy, Observed: in.Observed,
		Repoless: in.Options.Repoless, Recreate: in.Options.Recreate,
	}
	p.selected, p.until = in.Selected, in.Options.Now.AddDate(0, 0, approvedDays)
	p.Memory = inv.Memory
	if in.Memory != nil {
		p.Memory = *in.Memory
	}
	if p.Cluster.Name == "" {
		p.Cluster.Name = inv.Cluster.Name
	}
	if p.Cluster.UID == "" {
		p.Cluster.UID = inv.Cluster.UID
	}
	m := &maker{in: in, setID: in.Ref.SetID(), plan: p, used: make([]bool, len(in.Options.Approvals))}
	return m
}

// duplicates indexes the desired objects. Two of one identity would overwrite each other at every apply.
func (m *maker) duplicates() error {
	m.wanted = make(map[object.ID]object.Object, len(m.in.Desired))
	var findings diag.Findings
	if m.in.Options.Destroy {
		return nil
	}
	for _, o := range m.in.Desired {
		if localConfig(o) {
			continue
		}
		id := o.ID()
		if first, twice := m.wanted[id]; twice {
			f := diag.Errorf("duplicate-object", o.Source.Position(), "the object is made twice")
			f.Object = id.String()
			findings = append(findings, f.WithNote(first.Source.Position(), "made here too"))
			continue
		}
		m.wanted[id] = o
		if m.selected(o.Release, o.Runlevel) {
			m.plan.desired = append(m.plan.desired, o)
		}
	}
	m.scalers = m.findScalers()
	m.plan.Findings = append(findings, CheckWaits(m.in.Desired)...)
	return m.plan.Findings.Err()
}

func (m *maker) selected(release, runlevel string) bool {
	return m.in.Selected == nil || m.in.Selected(release, runlevel)
}

// identity refuses the wrong cluster and the way back.
func (m *maker) identity() {
	want, server, known := m.in.Cluster, m.in.Observed.ServerUID, m.plan.Inventory.Cluster
	if server == "" {
		// Who may not look at kube-system is taken to know where the kubeconfig leads.
		m.plan.Findings = append(m.plan.Findings, diag.Warningf("cluster-unknown", diag.Position{},
			"whether this is the right cluster cannot be checked: the namespace kube-system cannot be read"))
		server = cmp.Or(known.UID, want.UID)
	}
	for _, r := range wrongCluster(m.in.Ref, want, known, server) {
		m.refuse(r)
	}
	m.versions()
	if kube := m.in.Cluster.KubeVersion; kube != "" && m.in.Observed.ServerVersion != "" && minor(kube) != minor(m.in.Observed.ServerVersion) {
		m.plan.Findings = append(m.plan.Findings, diag.Warningf("kube-version", diag.Position{},
			"charts and schema checks see Kubernetes %s, but the server is %s", minor(kube), minor(m.in.Observed.ServerVersion)).
			WithHint("set kubeVersion of the cluster in otomi.yaml"))
	}
}

// CheckCluster compares the cluster that a run is meant for, and the one that the inventory was made in, with the server's uid.
// It needs nothing else, so that it can be asked before anything is written. The error is a *Problems.
func CheckCluster(ref inventory.Ref, want Cluster, inv *inventory.Inventory, server types.UID) error {
	if server == "" {
		return nil
	}
	var known inventory.Cluster
	if inv != nil {
		known = inv.Cluster
	}
	if refusals := wrongCluster(ref, want, known, server); len(refusals) > 0 {
		return &Problems{Refusals: refusals}
	}
	return nil
}

func wrongCluster(ref inventory.Ref, want Cluster, known inventory.Cluster, server types.UID) []Refusal {
	var refusals []Refusal
	refuse := func(hint, format string, args ...any) {
		refusals = append(refusals, Refusal{Rule: RuleCluster, Message: fmt.Sprintf(format, args...), Hint: hint, Final: true})
	}
	if want.UID != "" && want.UID != server {
		refuse(fmt.Sprintf("name the right cluster with --context or --kubeconfig; if it was made anew, write uid: %s into otomi.yaml", server),
			"otomi.yaml says that cluster %s has uid %s, but the server's is %s", want.Name, want.UID, server)
	}
	if known.UID != "" && known.UID != server {
		refuse("name the cluster that it was made in with --context or --kubeconfig; if the inventory was restored here from a backup, delete its Secret and run: kubectl otomi inventory rebuild "+ref.String(),
			"inventory %s was made in a cluster with uid %s, but this one's is %s", ref, known.UID, server)
	}
	if known.Name != "" && want.Name != "" && known.Name != want.Name {
		refuse(fmt.Sprintf("use --cluster %s, or name the context of %s with --context; if it was renamed, write name: %s into otomi.yaml", known.Name, want.Name, known.Name),
			"this cluster is %s to inventory %s, not %s", known.Name, ref, want.Name)
	}
	return refusals
}

func minor(version string) string {
	v, err := semver.NewVersion(version)
	if err != nil {
		return version
	}
	return fmt.Sprintf("%d.%d", v.Major(), v.Minor())
}

func (m *maker) versions() {
	was, is := m.plan.Inventory.Versions, m.in.Versions
	if m.in.Options.Destroy {
		return
	}
	for _, v := range []struct{ what, was, is string }{{"plugin", was.Plugin, is.Plugin}, {"core", was.Core, is.Core}} {
		if !older(v.is, v.was) {
			continue
		}
		m.downgrade = true
		if !m.in.Options.AllowDowngrade && !m.approved(RuleDowngrade) {
			m.refuse(Refusal{
				Rule: RuleDowngrade, Hint: "--allow-downgrade",
				Message: fmt.Sprintf("the last run was made with %s %s, this one is %s", v.what, v.was, v.is),
			})
		}
	}
}

// older compares releases. What stands behind them (builds between two releases, dirty trees) has no order.
func older(is, was string) bool {
	a, errA := semver.NewVersion(is)
	b, errB := semver.NewVersion(was)
	if errA != nil || errB != nil {
		return false
	}
	return semver.New(a.Major(), a.Minor(), a.Patch(), "", "").LessThan(semver.New(b.Major(), b.Minor(), b.Patch(), "", ""))
}

// stale refuses to delete from an old checkout, and to go back to its versions.
func (m *maker) stale() {
	o := m.in.Options
	if o.Stale == "" || o.AllowOlder || m.plan.Counts()[Prune] == 0 && !m.downgrade || m.approved(RuleStale) {
		return
	}
	m.refuse(Refusal{Rule: RuleStale, Message: o.Stale, Hint: "--allow-older, or --prune=false"})
}

func (m *maker) refuse(r Refusal) { m.problems.Refusals = append(m.problems.Refusals, r) }

// approved reports an approval of the rule as a whole.
func (m *maker) approved(rule string) bool {
	return m.covered(func(a Approval) bool { return a.Rule == rule && len(a.Objects) == 0 })
}

// approvedFor reports an approval of the rule for the object.
func (m *maker) approvedFor(rule string, id object.ID) bool {
	allowed := m.covered(func(a Approval) bool { return a.covers(rule, id) })
	return allowed || slices.Contains(m.in.Options.Allow, rule)
}

func (m *maker) covered(by func(Approval) bool) bool {
	found := false
	for i, a := range m.in.Options.Approvals {
		if by(a) && !a.expired(m.in.Options.Now) {
			m.used[i], found = true, true
		}
	}
	return found
}

// approvals reports those that did nothing.
func (m *maker) approvals() {
	for i, a := range m.in.Options.Approvals {
		what := strings.TrimSpace(a.Rule + " " + strings.Join(a.Objects, ", "))
		switch {
		case a.expired(m.in.Options.Now):
			m.plan.Findings = append(m.plan.Findings, diag.Warningf("approval-expired", diag.Position{}, "the approval of %s ended on %s",
				what, a.Until.Format("2006-01-02")))
		case !m.used[i]:
			m.plan.Findings = append(m.plan.Findings, diag.Warningf("approval-unused", diag.Position{}, "nothing needs the approval of %s", what))
		}
	}
}
