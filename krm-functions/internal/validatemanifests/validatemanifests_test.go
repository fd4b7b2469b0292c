package validatemanifests_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/validatemanifests"
)

// validate runs the function on items and a spec; "" for no functionConfig.
func validate(t *testing.T, items, spec string) (code int, out, stderr string) {
	t.Helper()
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items
	if spec != "" {
		in += "functionConfig:\n  apiVersion: otomi.io/v1alpha1\n  kind: ValidateManifests\n  metadata: {name: test}\n  spec: " + spec + "\n"
	}
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), validatemanifests.Function(), krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// secret is an item with its value on its first line.
func secret(name, annotations string) string {
	return "- {apiVersion: v1, kind: Secret, metadata: {name: " + name + ", namespace: x, annotations: {" + annotations + "}}, stringData: {a: hunter22}}\n"
}

func TestFindings(t *testing.T) {
	path := "config.kubernetes.io/path: a.yaml"
	local := secret("a", `config.kubernetes.io/local-config: "true"`)
	for name, c := range map[string]struct {
		items, spec string
		code        int
		want        string // all of stderr, or how it begins
	}{
		"nothing wrong":        {secret("a", ""), "{}", 0, ""},
		"without config":       {secret("a", ""), "", 0, ""},
		"by itself":            {secret("a_b", ""), "", 1, "error: Secret/x/a_b: metadata.name: "},
		"across objects":       {secret("a", "") + secret("a", ""), "", 1, "error: Secret/x/a: metadata.name: the object is there more than once [duplicate-object]\n"},
		"at its file":          {secret("a", path) + secret("a", "config.kubernetes.io/path: b.yaml"), "", 1, "b.yaml:1:49: error: Secret/x/a: metadata.name: "},
		"where it is rendered": {secret("a", "") + secret("a", "otomi.io/source: web/templates/a.yaml"), "", 1, "web/templates/a.yaml: error: Secret/x/a: metadata.name: "},
		"never applied":        {local + local, "", 0, ""},
		"unknown field":        {secret("a", ""), "{kubeversion: '1.33'}", 1, "ValidateManifests.otomi.io/test: error: spec.kubeversion: unknown field \"kubeversion\" [unknown-field]\n"},
		"wrong type":           {secret("a", ""), "{kubeVersion: 1.33}", 1, "ValidateManifests.otomi.io/test: error: spec.kubeVersion: want a string"},
		"not a list":           {secret("a", ""), "{allowUnknownKinds: Widget.acme.io}", 1, "ValidateManifests.otomi.io/test: error: spec.allowUnknownKinds: want a list"},
	} {
		code, out, stderr := validate(t, c.items, c.spec)
		if code != c.code || !strings.HasPrefix(stderr, c.want) || (c.want == "") != (stderr == "") {
			t.Errorf("%s: exit code %d, stderr %s\nwant %d, %s", name, code, stderr, c.code, c.want)
		}
		if strings.Contains(stderr, "hunter22") {
			t.Errorf("%s: stderr shows a secret: %s", name, stderr)
		}
		if !strings.Contains(out, c.items) {
			t.Errorf("%s: the items have changed: %s", name, out)
		}
	}
}

// TestSecrets: what merged Values of the stream call a secret is in no result and not on stderr, wherever it was rendered to.
func TestSecrets(t *testing.T) {
	merged := "- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged}, spec: {pw: hunter22}, status: {secrets: [/pw]}}\n"
	service := "- {apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {ports: [{port: hunter22}]}}\n"
	for _, items := range []string{merged + service, service + merged} {
		code, out, stderr := validate(t, items, "")
		_, results, _ := strings.Cut(out, "\nresults:\n")
		if code != 1 || !strings.Contains(stderr, "<redacted>") || strings.Contains(stderr+results, "hunter22") || results == "" {
			t.Errorf("exit code %d, want 1 and no secret in:\n%s%s", code, stderr, results)
		}
	}
}
