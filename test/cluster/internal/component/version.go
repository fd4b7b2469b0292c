package component

import (
	"fmt"
	"runtime/debug"
	_ "unsafe" // for go:linkname

	"k8s.io/component-base/version"
)

// gitVersion is what release builds of Kubernetes set with the linker's -X. Setting it here instead makes every build of this
// module report the release it is made of, tests included, and leaves no version to keep in step with go.mod.
//
//go:linkname gitVersion k8s.io/component-base/version.gitVersion
var gitVersion string

// Version is the Kubernetes release that this binary is built from, such as v1.36.3.
func Version() (string, error) {
	const module = "k8s.io/kubernetes"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", fmt.Errorf("read build information: none in this binary")
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version, nil
		}
	}
	return "", fmt.Errorf("read build information: no module %s", module)
}

func stampVersion() error {
	release, err := Version()
	if err != nil {
		return err
	}
	gitVersion = release
	return version.SetDynamicVersion(release)
}
