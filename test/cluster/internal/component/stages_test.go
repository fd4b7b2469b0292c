package component

import (
	"io/fs"
	"testing"

	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/utils/lifecycle"

	"github.com/otomi/kubectl-otomi/test/cluster/stages"
)

func TestStages(t *testing.T) {
	set, err := loadStages()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(stages.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	loaded, names := 0, map[string]bool{}
	for ref, list := range set {
		// kwok compiles selectors only here.
		if _, err := lifecycle.NewLifecycle(list); err != nil {
			t.Errorf("stages of %s: %v", ref.Kind, err)
		}
		for _, stage := range list {
			loaded++
			names[stage.Name] = true
		}
	}
	if loaded != len(files) || len(names) != len(files) {
		t.Errorf("%d stages with %d names in %d files", loaded, len(names), len(files))
	}
	for _, kind := range []string{"Node", "Pod"} {
		if len(set[internalversion.StageResourceRef{APIGroup: "v1", Kind: kind}]) == 0 {
			t.Errorf("no stage of kind %s", kind)
		}
	}
}
