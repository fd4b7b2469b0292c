package gotemplate

import (
	"strings"
	"testing"
)

// TestForbidden names every function of Sprig, Helm and helmfile that reads clock, environment, network, disk or randomness:
// our own templates are refused when they are parsed, with the place and what to use instead, even where nothing calls it.
func TestForbidden(t *testing.T) {
	for _, name := range strings.Fields(`
		env expandenv requiredEnv exec envExec isFile isDir readFile readDir readDirEntries fetchSecretValue expandSecretRefs
		getHostByName lookup now date_in_zone htmlDate htmlDateInZone ago durationRound
		randAlphaNum randAlpha randNumeric randAscii randInt randBytes shuffle uuidv4
		genPrivateKey genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey
		bcrypt htpasswd encryptAES`) {
		_, findings := execute(t, "a\n{{ if false }}{{ "+name+" }}{{ end }}", nil)
		if len(findings) != 1 {
			t.Errorf("%s: Execute found %v, want one finding", name, findings)
			continue
		}
		f := findings[0]
		if f.Rule != "forbidden-function" || f.Hint == "" || f.At.String() != "core/a.gotmpl:2:18" || !strings.HasPrefix(f.Message, name+" ") {
			t.Errorf("%s: Execute found %s %v (%s)", name, f.Rule, f, f.Hint)
		}
	}
}

// TestHermetic is what --hermetic does in charts: the same functions are errors when they are called.
func TestHermetic(t *testing.T) {
	for call, want := range map[string]string{
		`{{ randAlphaNum 5 }}`:                          "charts/c/templates/a.yaml:1:4: randAlphaNum is another in every run, and --hermetic allows no such call",
		`{{ tpl "{{ now }}" . }}`:                       "charts/c/templates/a.yaml:1:4: in the text given to tpl, line 1: now is another in every run, and --hermetic allows no such call",
		`{{ date "2006" "x" }}`:                         "charts/c/templates/a.yaml:1:4: now is another in every run, and --hermetic allows no such call",
		`{{ if false }}{{ uuidv4 }}{{ end }}`:           "",
		`{{ date "2006" (toDate "2006" "2026") }}`:      "",
		`{{ htmlDate 0 }}{{ sha256sum "a" | trunc 1 }}`: "",
	} {
		f := chartFile(call)
		_, findings := chartRun(t, Env{Hermetic: true, Volatile: func(string, []any, int) (any, error) { return "x", nil }}, f).Execute(f.Name, nil)
		got := ""
		if len(findings) > 0 {
			got = findings[0].At.String() + ": " + findings[0].Message
		}
		if got != want || len(findings) > 0 && findings[0].Rule != "random-value" {
			t.Errorf("Execute(%s) found %v, want %s", call, findings, want)
		}
	}
}

// TestHermeticAll: every call is found at once.
func TestHermeticAll(t *testing.T) {
	f := chartFile("{{ randAlpha 3 | quote }}\n{{ include \"h\" . }}{{ define \"h\" }}{{ uuidv4 }}{{ end }}{{ .Values.no.name }}")
	_, findings := chartRun(t, Env{Hermetic: true}, f).Execute(f.Name, map[string]any{"Values": map[string]any{}})
	var at []string
	for _, f := range findings {
		at = append(at, f.At.String()+" "+f.Rule)
	}
	want := "charts/c/templates/a.yaml:1:4 random-value|charts/c/templates/a.yaml:2:39 random-value|charts/c/templates/a.yaml:2:60 template"
	if got := strings.Join(at, "|"); got != want {
		t.Errorf("Execute found %s, want %s", got, want)
	}
}
