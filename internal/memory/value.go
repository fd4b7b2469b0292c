package memory

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strconv"
	"time"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/volatile"
)

// restore is a remembered value as the function returned it.
func restore(r inventory.Remembered) (any, error) {
	switch r.Function {
	case "now":
		return time.Parse(time.RFC3339Nano, r.Value)
	case "randInt":
		return strconv.Atoi(r.Value)
	case "genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey":
		return volatile.Certificate{Cert: r.Value, Key: r.Key}, nil
	default:
		return r.Value, nil
	}
}

// early is how long before its end a certificate is renewed, unless a third of its life is less.
const early = 30 * 24 * time.Hour

// ending says when a certificate ends whose time has come to be renewed; empty: it is none, or has time.
func ending(r inventory.Remembered, now time.Time) string {
	if r.Key == "" {
		return ""
	}
	block, _ := pem.Decode([]byte(r.Value))
	if block == nil {
		return ""
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return ""
	}
	life := c.NotAfter.Sub(c.NotBefore)
	if life <= 0 || now.Before(c.NotAfter.Add(-min(early, life/3))) {
		return ""
	}
	return "the certificate ends on " + c.NotAfter.UTC().Format(time.DateOnly)
}

// Of arguments a digest is kept. Some functions are given passwords, which must not be easier to guess from it than from the
// bcrypt hash that they return.
const (
	saltBytes   = 16
	digestBytes = 16
	iterations  = 200_000
)

// digest tells calls with other arguments apart.
func (m *Memory) digest(function string, args []any) (string, error) {
	salt, err := m.salted()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(args)
	if err != nil {
		return "", fmt.Errorf("digest arguments: %w", err)
	}
	var sum []byte
	switch function {
	case "bcrypt", "htpasswd", "encryptAES":
		if sum, err = pbkdf2.Key(sha256.New, string(text), salt, iterations, digestBytes); err != nil {
			return "", fmt.Errorf("digest arguments: %w", err)
		}
	default:
		h := hmac.New(sha256.New, salt)
		_, _ = h.Write(text) // a hash takes everything
		sum = h.Sum(nil)[:digestBytes]
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// salted is the salt, which is made when the first value is.
func (m *Memory) salted() ([]byte, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if len(m.salt) == 0 {
		salt := make([]byte, saltBytes)
		if _, err := rand.Read(salt); err != nil {
			return nil, fmt.Errorf("make salt: %w", err)
		}
		m.salt = salt
	}
	return m.salt, nil
}
