package plan

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// What the file of a saved plan begins with.
const (
	SavedVersion = "otomi.io/v1alpha1"
	SavedKind    = "Plan"
)

// Saved is a plan as a file keeps it, to be carried out later if the same would still happen. It holds no content of objects: a
// digest of each, under a key that only the inventory has, since short secrets can be guessed from a digest without one.
type Saved struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Spec       SavedSpec `json:"spec"`
}

// SavedSpec is what a saved plan says.
type SavedSpec struct {
	Inventory string               `json:"inventory"`
	Cluster   inventory.Cluster    `json:"cluster"`
	Created   time.Time            `json:"created"`
	Command   string               `json:"command,omitempty"` // that made it, without values
	Revision  string               `json:"revision,omitempty"`
	Dirty     bool                 `json:"dirty,omitempty"`
	Versions  inventory.Versions   `json:"versions"`
	Key       string               `json:"key"`  // digest of the key itself
	Base      SavedBase            `json:"base"` // the inventory that it was made from
	Force     bool                 `json:"force,omitempty"`
	Narrowed  bool                 `json:"narrowed,omitempty"`
	Destroy   bool                 `json:"destroy,omitempty"` // the inventory goes with the objects
	Overrides []inventory.Override `json:"overrides,omitempty"`
	Counts    map[Op]int           `json:"counts,omitempty"`
	Actions   []SavedAction        `json:"actions,omitempty"` // that do something
}

// SavedBase tells one writing of an inventory from all others.
type SavedBase struct {
	Generation      int64  `json:"generation"`
	ResourceVersion string `json:"resourceVersion"`
}

// SavedAction is what happens to one object.
type SavedAction struct {
	Op       Op         `json:"op"`
	ID       object.ID  `json:"object"`
	Release  string     `json:"release,omitempty"`
	Runlevel string     `json:"runlevel,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Content  string     `json:"content,omitempty"` // digest of what is sent
	Live     *SavedLive `json:"live,omitempty"`    // what is in the cluster
}

// SavedLive is what a saved plan knows of a live object.
type SavedLive struct {
	UID    types.UID `json:"uid"`
	Fields string    `json:"fields"` // digest of who has written which fields when
}

// Save is the plan as a file keeps it, made from the inventory that holds the key.
func (p *Plan) Save(inv *inventory.Inventory, force bool) Saved {
	key := inv.PlanKey
	spec := SavedSpec{
		Inventory: p.Ref.String(), Cluster: p.Cluster, Versions: p.Versions, Key: keyed(key, "key", ""),
		Base:  SavedBase{Generation: inv.Generation, ResourceVersion: inv.ResourceVersion},
		Force: force, Narrowed: p.Narrowed, Destroy: p.Destroy, Overrides: p.Overrides, Counts: p.Counts(),
	}
	for _, a := range p.Actions {
		if a.Op == Unchanged {
			continue
		}
		s := SavedAction{Op: a.Op, ID: a.ID, Release: a.Release, Runlevel: a.Runlevel, Reason: a.Reason}
		if a.Hash != "" {
			s.Content = keyed(key, "content", a.Hash)
		}
		if a.Live != nil {
			ours, others := Fingerprints(a.Live.Managers)
			s.Live = &SavedLive{UID: a.Live.UID, Fields: keyed(key, "fields", ours+"\n"+others)}
		}
		spec.Actions = append(spec.Actions, s)
	}
	return Saved{APIVersion: SavedVersion, Kind: SavedKind, Spec: spec}
}

// keyed is a digest that says nothing to who does not have the key.
func keyed(key []byte, what, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(what + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// ChangedError lists what is not as it was when a plan was saved. It counts as refused.
type ChangedError struct {
	Created time.Time
	Command string
	List    []string
}

// Error lists all of it.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%v: the plan of %s is not what would happen now:\n  %s\nmake a new plan; it was made with: %s",
		ErrRefused, e.Created.UTC().Format(time.RFC3339), strings.Join(e.List, "\n  "), e.Command)
}

// Is makes errors.Is find ErrRefused.
func (e *ChangedError) Is(target error) bool { return target == ErrRefused }

// Check compares the saved plan with one made now, under the same key. The error is a *ChangedError. Another revision or version
// is no difference as long as what it does is the same.
func (s Saved) Check(now Saved) error {
	was, is := s.Spec, now.Spec
	list := was.elsewhere(is)
	if len(list) == 0 {
		list = append(was.otherwise(is), differences(was.Actions, is.Actions)...)
	}
	if len(list) == 0 {
		return nil
	}
	if was.Revision != is.Revision && was.Revision != "" && is.Revision != "" {
		list = append(list, fmt.Sprintf("the input: the plan was made of revision %s, this is %s", was.Revision, is.Revision))
	}
	return &ChangedError{Created: was.Created, Command: was.Command, List: list}
}

// elsewhere says why both plans have nothing to do with each other.
func (was SavedSpec) elsewhere(is SavedSpec) []string {
	switch {
	case was.Inventory != is.Inventory:
		return []string{fmt.Sprintf("the run: the plan is of inventory %s, not %s", was.Inventory, is.Inventory)}
	case was.Cluster.UID != is.Cluster.UID || was.Cluster.Name != is.Cluster.Name:
		return []string{fmt.Sprintf("the cluster: the plan is of %s (uid %s), this is %s (uid %s)", was.Cluster.Name, was.Cluster.UID, is.Cluster.Name, is.Cluster.UID)}
	case was.Key != is.Key:
		return []string{fmt.Sprintf("the cluster: inventory %s is not the one that the plan was made with", is.Inventory)}
	default:
		return nil
	}
}

// otherwise says what differs about the run as a whole.
func (was SavedSpec) otherwise(is SavedSpec) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if was.Base != is.Base {
		add("the cluster: inventory %s was written since: the plan was made from generation %d, now it has %d", is.Inventory, was.Base.Generation, is.Base.Generation)
	}
	for _, o := range []struct {
		what     string
		was, now bool
	}{
		{"the whole set to be destroyed", was.Destroy, is.Destroy}, {"--force-conflicts", was.Force, is.Force}, {"a selection", was.Narrowed, is.Narrowed}, {"--override", len(was.Overrides) > 0, len(is.Overrides) > 0},
	} {
		with := map[bool]string{true: "with", false: "without"}
		if o.was != o.now {
			add("the run: the plan was made %s %s, this run is %s", with[o.was], o.what, with[o.now])
		}
	}
	if len(was.Overrides) > 0 && len(is.Overrides) > 0 && !reflect.DeepEqual(was.Overrides, is.Overrides) {
		add("the run: its --override is another")
	}
	return list
}

// differences compares what happens to each object.
func differences(was, is []SavedAction) []string {
	now := map[object.ID]SavedAction{}
	for _, a := range is {
		now[a.ID] = a
	}
	type line struct {
		id   object.ID
		text string
	}
	var lines []line
	for _, a := range was {
		b, still := now[a.ID]
		delete(now, a.ID)
		if text := difference(a, b, still); text != "" {
			lines = append(lines, line{a.ID, text})
		}
	}
	for id, b := range now {
		lines = append(lines, line{id, "the plan leaves it as it is; now it would be: " + said(b)})
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(a.id.Compare(b.id), cmp.Compare(a.text, b.text)) })
	list := make([]string, len(lines))
	for i, l := range lines {
		list[i] = l.id.String() + ": " + l.text
	}
	return list
}

func difference(was, is SavedAction, still bool) string {
	switch {
	case !still:
		return fmt.Sprintf("the plan says: %s; now nothing would happen", said(was))
	case was.Op != is.Op:
		return fmt.Sprintf("the plan says: %s; now it would be: %s", said(was), said(is))
	case was.Content != is.Content:
		return "the input changed: something else would be sent"
	case (was.Live == nil) != (is.Live == nil), was.Live != nil && was.Live.UID != is.Live.UID:
		return "the cluster changed: it is another object than it was"
	case was.Live != nil && *was.Live != *is.Live:
		return "the cluster changed: somebody has written to it since"
	case was.Release != is.Release || was.Runlevel != is.Runlevel:
		return fmt.Sprintf("the input changed: it was of release %s in runlevel %s, now of %s in %s", was.Release, was.Runlevel, is.Release, is.Runlevel)
	default:
		return ""
	}
}

func said(a SavedAction) string {
	if a.Reason == "" {
		return string(a.Op)
	}
	return fmt.Sprintf("%s (%s)", a.Op, a.Reason)
}
