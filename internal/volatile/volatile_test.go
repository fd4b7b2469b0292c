package volatile

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMake(t *testing.T) {
	now := time.Date(2026, 9, 1, 14, 0, 0, 0, time.FixedZone("", 7200))
	for _, c := range []struct {
		function string
		args     []any
		want     string // a regular expression
	}{
		{"randAlphaNum", []any{12}, `^[A-Za-z0-9]{12}$`},
		{"randAlphaNum", []any{12.0}, `^[A-Za-z0-9]{12}$`},
		{"randAlpha", []any{int64(5)}, `^[A-Za-z]{5}$`},
		{"randNumeric", []any{4}, `^\d{4}$`},
		{"randAscii", []any{9}, `^[\x20-\x7e]{9}$`},
		{"randBytes", []any{3}, `^[A-Za-z0-9+/]{4}$`},
		{"randInt", []any{7, 8}, `^7$`},
		{"shuffle", []any{"aaa"}, `^aaa$`},
		{"uuidv4", nil, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}$`},
		{"bcrypt", []any{"p"}, `^\$2a\$10\$`},
		{"htpasswd", []any{"u", "p"}, `^u:\$2a\$`},
		{"encryptAES", []any{"k", "text"}, `^[A-Za-z0-9+/=]{24,}$`},
		{"genPrivateKey", []any{"ed25519"}, `(?s)^-----BEGIN PRIVATE KEY-----.*`},
		{"now", nil, `^2026-09-01 12:00:00 \+0000 UTC$`},
	} {
		got, err := Make(c.function, c.args, now)
		if err != nil || !regexp.MustCompile(c.want).MatchString(fmt.Sprint(got)) {
			t.Errorf("Make(%s, %v) = %v, %v, want %s", c.function, c.args, got, err, c.want)
		}
	}
}

func TestMakeCertificates(t *testing.T) {
	ca, err := Make("genCA", []any{"root", 365}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := Make("genSignedCert", []any{"web", nil, []any{"web.example.com"}, 30, ca}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(ca.(Certificate).Cert))
	block, _ := pem.Decode([]byte(signed.(Certificate).Cert))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "web.example.com"}); err != nil {
		t.Errorf("the certificate is not signed by the CA that was given: %v", err)
	}
}

func TestMakeFails(t *testing.T) {
	for _, c := range []struct {
		function string
		args     []any
		want     string
	}{
		{"randAlphaNum", []any{"12"}, "argument 1 is a string, want a int"},
		{"randAlphaNum", []any{nil}, "argument 1 is nothing"},
		{"randAlphaNum", []any{1 << 17}, "more than 65536"},
		{"randAlphaNum", nil, "0 arguments"},
		{"genSignedCert", []any{"web", nil, nil, 1, "s3cret"}, "argument 5 is a string"},
		{"genSignedCert", []any{"web", nil, nil, 1, Certificate{"s3cret", "s3cret"}}, "unable to decode"},
		{"upsidedown", nil, "no such call"},
	} {
		got, err := Make(c.function, c.args, time.Now())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Make(%s, %v) = %v, %v, want an error with %q", c.function, c.args, got, err, c.want)
		}
	}
}
