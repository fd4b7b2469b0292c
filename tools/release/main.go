// Command release packs the plugin for its users: an archive and a bill of materials for each platform, krew's manifest with
// their addresses and checksums, and the checksums of all. It packs programs that make has built. Everything is as old as the
// commit and in one order, so the same programs give the same bytes on any machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	var r release
	var seconds int64
	var check bool
	flag.StringVar(&r.version, "version", "", "the `VERSION` that the programs were built with")
	flag.Int64Var(&seconds, "time", 0, "when the commit was made, in `SECONDS` since 1970: the age of everything in the archives")
	flag.StringVar(&r.programs, "programs", "dist/programs", "the `FOLDER` with a folder OS_ARCH of programs for every platform")
	flag.StringVar(&r.root, "root", ".", "the `FOLDER` of the repository")
	flag.StringVar(&r.out, "out", "dist", "the `FOLDER` that everything goes to")
	flag.StringVar(&r.url, "url", source+"/releases/download", "where users find it: the archives are at `URL`/VERSION/")
	flag.BoolVar(&check, "check", false, "only say whether VERSION can be released")
	flag.Parse()
	r.time = time.Unix(seconds, 0).UTC()
	var made []artifact
	err := r.check()
	if err == nil && !check {
		made, err = r.make()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	for _, a := range made {
		fmt.Println(a)
	}
}
