package main

import (
	"bytes"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestRun looks into this test program: all its code is of a module or of the standard library.
func TestRun(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED, NOT TESTED: this machine's programs have another format")
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(own, &out); err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`([\d.]+) .* \.text\n`).FindStringSubmatch(out.String())
	alls := regexp.MustCompile(`([\d.]+) +100 +all\n`).FindAllStringSubmatch(out.String(), -1)
	if len(text) != 2 || len(alls) != 2 || text[1] != alls[1][1] {
		t.Errorf("the code of modules does not add up to the section .text:\n%s", out.String())
	}
	for _, want := range []string{"the standard library\n", "github.com/otomi/kubectl-otomi\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no code of %s:\n%s", want, out.String())
		}
	}
}

// TestModule: the longest path that fits is the module, and one that is only spelled like it is not.
func TestModule(t *testing.T) {
	paths := []string{"example.org/a/v3", "gopkg.in/yaml.v3", "example.org/a"}
	for function, want := range map[string]string{
		"example.org/a/v3/b.F":         "example.org/a/v3",
		"example.org/a.(*T).M":         "example.org/a",
		"example.org/another.F":        "the standard library",
		"gopkg.in/yaml%2ev3.Unmarshal": "gopkg.in/yaml.v3",
		"net/http.Get":                 "the standard library",
	} {
		if got := module(function, paths); got != want {
			t.Errorf("module(%s) = %s, want %s", function, got, want)
		}
	}
	if err := run("main_test.go", &bytes.Buffer{}); err == nil {
		t.Error("a text has a size")
	}
}
