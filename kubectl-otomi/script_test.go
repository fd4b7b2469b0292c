package main

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kubectl-otomi": main})
}

// TestScripts runs the plugin as users do: testdata/script/*.txtar, a situation each. -update writes what it prints into them.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(5 * time.Minute), // a script that hangs is ended, not waited for
		Setup: func(e *testscript.Env) error {
			e.Setenv("KUBECONFIG", e.WorkDir+"/no-kubeconfig")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bytes": writeBytes, "fill": fill, "stairs": stairs, "fifo": fifo, "within": within,
		},
		Condition: func(name string) (bool, error) {
			return name == "root" && os.Geteuid() == 0, nil
		},
	})
}

var update = flag.Bool("update", false, "write what the scripts print into them")

// writeBytes makes a file of bytes that no archive can hold: bytes FILE HEX.
func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: bytes FILE HEX…")
	}
	data, err := hex.DecodeString(strings.Join(args[1:], ""))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// fill makes a large file: fill FILE COUNT TEXT… writes every text so many times; \n is a line feed.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: fill FILE COUNT TEXT…")
	}
	var b bytes.Buffer
	for i := 1; i < len(args); i += 2 {
		n, err := strconv.Atoi(args[i])
		ts.Check(err)
		b.WriteString(strings.Repeat(strings.ReplaceAll(args[i+1], `\n`, "\n"), n))
	}
	name := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o700))
	ts.Check(os.WriteFile(name, b.Bytes(), 0o600))
}

// stairs makes a file of maps in maps, each indented by one more space: stairs FILE LEVELS.
func stairs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stairs FILE LEVELS")
	}
	levels, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b bytes.Buffer
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// fifo makes a named pipe that nobody writes to.
func fifo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fifo FILE")
	}
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o600))
}

// within bounds the time and the memory of a program: within SECONDS MEGABYTES PROGRAM…
func within(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: within SECONDS MEGABYTES PROGRAM…")
	}
	seconds, err := strconv.Atoi(args[0])
	ts.Check(err)
	megabytes, err := strconv.Atoi(args[1])
	ts.Check(err)
	start := time.Now()
	failed := ts.Exec("/bin/sh", append([]string{"-c", `ulimit -v "$0"; exec timeout -k 1 "$@"`, strconv.Itoa(megabytes << 10), args[0]}, args[2:]...)...) != nil
	if took := time.Since(start); took > time.Duration(seconds)*time.Second {
		ts.Fatalf("it took %v, more than %d seconds", took, seconds)
	}
	if failed != neg {
		ts.Fatalf("failed: %v, want %v", failed, neg)
	}
}
