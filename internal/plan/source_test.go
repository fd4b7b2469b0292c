package plan

import (
	"errors"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// TestSource: a set of a values repo is not applied from given manifests, and the other way round; nothing is asked of a set that is
// destroyed, empty, or rebuilt.
func TestSource(t *testing.T) {
	repo := inventory.Versions{Plugin: "v0.4.2", Core: "0.4.2", CoreDigest: "abc"}
	given := inventory.Versions{Plugin: "v0.4.2"}
	for name, test := range map[string]struct {
		was, is inventory.Versions
		change  func(*Input)
		want    string // empty: it is not refused
	}{
		"repo again":        {was: repo, is: repo},
		"manifests again":   {was: given, is: given},
		"manifests on repo": {was: repo, is: given, want: "other-source: inventory otomi-system/acme is that of a values repo"},
		"repo on manifests": {was: given, is: repo, want: "other-source: inventory otomi-system/acme is that of manifests given with -f or -k"},
		"without pruning":   {was: repo, is: given, change: func(in *Input) { in.Options.NoPrune = true }, want: "none of these manifests by the next run that prunes"},
		"rebuilt":           {is: repo},
		"destroyed":         {was: repo, is: given, change: func(in *Input) { in.Options.Destroy = true }},
		"nothing in it":     {was: given, is: repo, change: func(in *Input) { in.Inventory.Entries = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			objects := parsed(t, configMap)
			in := applied(objects...).input(objects...)
			in.Inventory.Versions, in.Versions = test.was, test.is
			in.Options.Adopt.All = true // of what no inventory knows
			if test.change != nil {
				test.change(&in)
			}
			_, err := Make(in)
			if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("Make = %v, want %q", err, test.want)
			}
			if problems := (*Problems)(nil); errors.As(err, &problems) && Triable(err) {
				t.Error("it can be tried out, although no flag helps")
			}
		})
	}
}
