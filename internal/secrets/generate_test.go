package secrets_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets"
)

func TestGenerate(t *testing.T) {
	g := secrets.NewGenerator()
	at := diag.Position{File: "platform/schema.yaml", Line: 7, Col: 3}
	for template, want := range map[string]string{
		`{{ randAlphaNum 32 }}`:                             `^[A-Za-z0-9]{32}$`,
		`{{ randAlpha 8 }}-{{ randNumeric 6 | quote }}`:     `^[A-Za-z]{8}-"[0-9]{6}"$`,
		`{{ randAscii 20 }}`:                                `^[ -~]{20}$`,
		`{{ uuidv4 }}`:                                      `^[0-9a-f]{8}-[0-9a-f]{4}-4`,
		`{{ randBytes 16 | b64dec | len }}`:                 `^16$`,
		`{{ htpasswd "admin" (randAlphaNum 8) }}`:           `^admin:\$2`,
		`{{ bcrypt "x" }}`:                                  `^\$2a\$`,
		`{{ genPrivateKey "ecdsa" }}`:                       `^-----BEGIN EC PRIVATE KEY-----\n`,
		`{{ derivePassword 1 "long" "master" "u" "site" }}`: `^.{14}$`,
	} {
		first, findings := g.Generate(context.Background(), template, at)
		if len(findings) > 0 || !regexp.MustCompile(want).MatchString(first) {
			t.Errorf("%s makes %q %v, want %s", template, first, findings, want)
		}
		second, _ := g.Generate(context.Background(), template, at)
		if strings.Contains(template, "rand") && !strings.Contains(template, "len") && first == second {
			t.Errorf("%s makes %q twice", template, first)
		}
	}
	for template, want := range map[string]string{
		`{{ randAlphaNum 32 }`:           "unexpected",
		`{{ randAlphNum 32 }}`:           `did you mean "randAlphaNum"?`,
		`{{ randAlphaNum "many" }}`:      "argument 1",
		`{{ env "HOME" }}`:               "not the same in every run",
		`{{ now }}`:                      "not the same in every run",
		`{{ .Values.x }}`:                "is not set",
		`{{ "" }}`:                       "makes nothing",
		`{{ randAlphaNum 99999999999 }}`: "more than 65536",
	} {
		_, findings := g.Generate(context.Background(), template, at)
		if !findings.Failed() || !strings.Contains(findings.Error(), want) || findings[0].At != at {
			t.Errorf("%s: %v, want %s at %s", template, findings, want, at)
		}
	}
}

func TestGeneratedCertificates(t *testing.T) {
	g := secrets.NewGenerator()
	for _, template := range []string{
		`{{ $c := genSelfSignedCert "web" nil (list "web.example.com") 365 }}{{ $c.Cert | b64enc }} {{ $c.Key | b64enc }}`,
		`{{ $ca := genCA "ca" 365 }}{{ $c := genSignedCert "web" nil (list "web.example.com") 365 $ca }}{{ $c.Cert | b64enc }} {{ $c.Key | b64enc }}`,
	} {
		text, findings := g.Generate(context.Background(), template, diag.Position{})
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		cert, key, _ := strings.Cut(text, " ")
		pem, err1 := base64.StdEncoding.DecodeString(cert)
		private, err2 := base64.StdEncoding.DecodeString(key)
		if _, err := tls.X509KeyPair(pem, private); err != nil || err1 != nil || err2 != nil {
			t.Errorf("%s: %v", template, err)
		}
	}
	hash, _ := g.Generate(context.Background(), `{{ bcrypt "hunter2" }}`, diag.Position{})
	if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte("hunter2")); err != nil {
		t.Error(err)
	}
}
