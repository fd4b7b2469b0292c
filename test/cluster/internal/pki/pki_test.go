package pki

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"
)

func TestAuthority(t *testing.T) {
	now := time.Now()
	authority, err := NewAuthority("test", now)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Cert)
	server, err := authority.Server("server", "example.test", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"example.test", "127.0.0.1"} {
		if _, err := leaf(t, server).Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); err != nil {
			t.Errorf("the server's certificate does not do for %s: %v", host, err)
		}
	}
	if _, err := leaf(t, server).Verify(x509.VerifyOptions{Roots: roots, DNSName: "other.test"}); err == nil {
		t.Error("the server's certificate does for other.test")
	}
	client, err := authority.Client("somebody", "group")
	if err != nil {
		t.Fatal(err)
	}
	cert := leaf(t, client)
	usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usage}); err != nil {
		t.Errorf("the client's certificate is not accepted: %v", err)
	}
	if cert.Subject.CommonName != "somebody" || len(cert.Subject.Organization) != 1 {
		t.Errorf("client = %v, want somebody of group", cert.Subject)
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots}); err == nil {
		t.Error("the client's certificate does for a server")
	}
}

func leaf(t *testing.T, pair Pair) *x509.Certificate {
	t.Helper()
	both, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return both.Leaf
}
