// Package catalog lists the functions, for the one that runs the others and for those who look for one.
package catalog

import (
	"io/fs"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/checkpolicies"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/mergevalues"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/pipeline"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/rendercharts"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/renderplatform"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/rendertemplates"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/validatemanifests"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/validatevalues"
)

// Pipeline is the function that runs the others as steps. dir opens a folder of the file system that they see.
func Pipeline(dir func(string) fs.FS) krm.Function { return pipeline.Function(steps(dir)) }

// All are the functions, in the order in which they make a platform.
func All(dir func(string) fs.FS) []krm.Function { return append(steps(dir), Pipeline(dir)) }

func steps(dir func(string) fs.FS) []krm.Function {
	return []krm.Function{
		mergevalues.Function(),
		validatevalues.Function(),
		renderplatform.Function(),
		rendercharts.Function(dir),
		rendertemplates.Function(),
		validatemanifests.Function(),
		checkpolicies.Function(),
	}
}
