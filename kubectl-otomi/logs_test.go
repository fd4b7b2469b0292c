package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
)

// TestLogs: what client-go logs is heard with -v alone, and secrets are hidden in it.
func TestLogs(t *testing.T) {
	t.Cleanup(klog.ClearLogger)
	var stderr bytes.Buffer
	a := &app{hidden: &hidden{}}
	a.hidden.add([]string{"hunter2-hunter2"}, nil)
	a.ErrOut = &edge{to: &stderr, hide: a.hidden, json: func() bool { return false }}
	a.logs()
	say := func() {
		runtime.HandleError(errors.New("watch ended: hunter2-hunter2")) //nolint:staticcheck // what libraries without a context call
		klog.Background().WithName("reflector").WithValues("kind", "Pod").Error(errors.New("gone"), "list failed")
	}
	if say(); stderr.Len() > 0 {
		t.Errorf("without -v it is logged:\n%s", &stderr)
	}
	a.verbose = true
	say()
	for _, want := range []string{"watch ended: <redacted>", "list failed", "kind=Pod"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("with -v it is not logged that %s:\n%s", want, &stderr)
		}
	}
}
