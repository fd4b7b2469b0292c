package component

import (
	"fmt"
	"io/fs"

	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/test/cluster/stages"
)

// stageSet is every Stage by the kind of object whose life it is a part of.
type stageSet map[internalversion.StageResourceRef][]*internalversion.Stage

func loadStages() (stageSet, error) {
	parts, err := fs.ReadFile(stages.FS, "parts.gotmpl")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(stages.FS, "*.yaml")
	if err != nil {
		return nil, err
	}
	set := stageSet{}
	for _, file := range files {
		stage, err := loadStage(file, string(parts))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		set[stage.Spec.ResourceRef] = append(set[stage.Spec.ResourceRef], stage)
	}
	return set, nil
}

func loadStage(file, parts string) (*internalversion.Stage, error) {
	data, err := fs.ReadFile(stages.FS, file)
	if err != nil {
		return nil, err
	}
	var stage v1alpha1.Stage
	if err := yaml.UnmarshalStrict(data, &stage); err != nil {
		return nil, err
	}
	v1alpha1.SetObjectDefaults_Stage(&stage)
	for _, step := range stage.Spec.Steps {
		if step.Patch != nil && stage.Spec.ResourceRef.Kind == "Pod" {
			step.Patch.Template = parts + step.Patch.Template
		}
	}
	return internalversion.ConvertToInternalStage(&stage)
}
