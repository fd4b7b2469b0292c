package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// The values repo that people copy has nothing to warn of; its production complies with the strictest policies, too.
func TestAcmeIsClean(t *testing.T) {
	for _, args := range [][]string{{"--all-clusters"}, {"--cluster", "prod", "--set", "policyPreset=restricted"}} {
		var out bytes.Buffer
		args = slices.Concat([]string{"validate", "-C", "../examples/acme"}, args)
		code := run(t.Context(), args, genericiooptions.IOStreams{In: &out, Out: &out, ErrOut: &out})
		if code != 0 || !strings.Contains(out.String(), "0 errors, 0 warnings in") {
			t.Errorf("%v exits %d:\n%s", args, code, out.String())
		}
	}
}
