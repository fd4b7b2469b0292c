// Command images assembles container images from programs that make has built for every architecture: one
// image per function, one with all of them and one of the plugin, each as an OCI layout with an index over the architectures and a bill of
// materials for each. Nothing is pulled and nothing is run, so the same programs give the same digests on any machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	var m maker
	var seconds int64
	var load bool
	flag.StringVar(&m.version, "version", "v0.0.0-unknown", "the `VERSION` that the programs were built with")
	flag.Int64Var(&seconds, "time", 0, "when the commit was made, in `SECONDS` since 1970: the age of everything in the images")
	flag.StringVar(&m.revision, "revision", "", "the `COMMIT` that the programs were built from")
	flag.StringVar(&m.programs, "programs", "dist/programs", "the `FOLDER` with a folder linux_ARCH of programs for every architecture")
	flag.StringVar(&m.packages, "packages", "", "the `FOLDER` with Debian's packages for the image of the plugin, which is left out without")
	flag.StringVar(&m.catalog, "catalog", "krm-functions/catalog.yaml", "the `FILE` that lists the functions")
	flag.StringVar(&m.license, "license", "LICENSE", "the `FILE` that the images have as their programs' license")
	flag.StringVar(&m.out, "out", "dist/images", "the `FOLDER` that the layouts go to")
	architectures := flag.String("architectures", "amd64 arm64", "the `LIST` of architectures, as Go calls them, with spaces between")
	flag.BoolVar(&load, "load", true, "load this machine's architecture into a docker or podman that answers, tagged dev")
	flag.Parse()
	m.architectures = strings.Fields(*architectures)
	m.time = time.Unix(seconds, 0).UTC()
	if err := run(m, load); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(m maker, load bool) error {
	made, err := m.make()
	if err != nil {
		return err
	}
	var digests strings.Builder
	for _, image := range made {
		fmt.Println(image)
		fmt.Fprintf(&digests, "%s/%s@%s\n", registry, image.name, image.digest)
	}
	if err := os.WriteFile(filepath.Join(m.out, "digests.txt"), []byte(digests.String()), 0o644); err != nil {
		return err
	}
	if !load {
		return nil
	}
	engine, err := loadAll(made)
	switch {
	case err != nil:
		return err
	case engine == "":
		fmt.Fprintln(os.Stderr, "no docker or podman answers, so nothing was loaded into one")
	default:
		fmt.Fprintf(os.Stderr, "loaded into %s as %s/<name>:%s\n", engine, registry, localTag)
	}
	return nil
}
