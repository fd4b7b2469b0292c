package validatemanifests_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

// TestBaseline needs what is listed to pass, and what is listed and fixed to fail; violations of policies are another function's.
func TestBaseline(t *testing.T) {
	const files = `- apiVersion: v1
  kind: ConfigMap
  metadata: {name: files, annotations: {config.kubernetes.io/local-config: "true"}}
  data:
    baseline.yaml: |
      apiVersion: otomi.io/v1alpha1
      kind: Baseline
      spec:
        manifests: [{rule: object-name, object: Secret/x/a_b, path: metadata.name, message: DIGEST}]
        policies: [{rule: limits, object: Secret/x/a, message: "sha256:abcdef012345"}]
`
	const spec = "{baseline: {configMap: files, key: baseline.yaml}}"
	_, _, stderr := validate(t, secret("a_b", ""), "")
	said, rule, _ := strings.Cut(strings.TrimSpace(stderr), " [")
	rule, _, _ = strings.Cut(rule, "]")
	_, said, _ = strings.Cut(said, "metadata.name: ")
	sum := sha256.Sum256([]byte(said))
	listed := strings.NewReplacer("object-name", rule, "DIGEST", strconv.Quote("sha256:"+hex.EncodeToString(sum[:6]))).Replace(files)
	if code, _, stderr := validate(t, listed+secret("a_b", ""), spec); code != 0 || !strings.HasPrefix(stderr, "info: Secret/x/a_b: metadata.name: ") {
		t.Errorf("known: exit code %d, stderr %s", code, stderr)
	}
	if code, _, stderr := validate(t, listed+secret("a", ""), spec); code != 1 || !strings.Contains(stderr, "error: Secret/x/a_b: metadata.name: "+rule+" is no longer found but still listed [baseline-fixed]") {
		t.Errorf("fixed: exit code %d, stderr %s", code, stderr)
	}
	if code, _, stderr := validate(t, listed+secret("a_b", "")+secret("c_d", ""), spec); code != 1 || !strings.Contains(stderr, "error: Secret/x/c_d") {
		t.Errorf("new: exit code %d, stderr %s", code, stderr)
	}
}
