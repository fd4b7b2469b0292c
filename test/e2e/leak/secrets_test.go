package leak

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"strings"
)

const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n"

// known are the secrets of the fixture, by the word that stands for them there.
func known() map[string]string {
	return map[string]string{
		"LONG":       "Tr0ub4dor-correct-horse-battery",
		"SHORT":      "p4ss",
		"NUMBER":     "48151623",
		"MARKS":      `say "hi"\ <b>&'x' %41 + =/`,
		"WIDE":       "größe-名前-🔑",
		"OVERRIDDEN": "0verridden-by-a-higher-layer",
		"ENCODED":    "bXktcHJlLWVuY29kZWQtc2VjcmV0",
		"INLIST":     "in-a-l1st",
		"PEMLINE":    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
		"PLAIN":      "pl4in-where-the-schema-says-secret",
		"FLAG":       "fl4g-of-the-command-line",
		"PEM":        pem,
		"WORD":       "swordfish",
	}
}

// written is how the fixture's YAML writes a secret.
func written(word, secret string) string {
	switch word {
	case "NUMBER":
		return secret
	case "PEM":
		return "    " + strings.ReplaceAll(strings.TrimSpace(secret), "\n", "\n    ")
	default:
		return strconv.Quote(secret)
	}
}

// digest is a hash as templates write it.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// forms are the ways in which a secret may show: none may be in what is printed. They are made here, not by what hides them.
func forms(secret string) []string {
	out := []string{secret}
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			out = append(out, line)
		}
	}
	js, _ := json.Marshal(secret) // of a string
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	_ = e.Encode(secret) // into memory
	out = append(out, strings.Trim(string(js), `"`), strings.Trim(strings.TrimSpace(plain.String()), `"`),
		strings.Trim(strconv.Quote(secret), `"`), strings.Trim(strconv.QuoteToASCII(secret), `"`),
		strings.ReplaceAll(secret, "'", "''"), url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
		strings.ToUpper(secret), digest(secret), base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(secret)))))
	for skip := range 3 { // in the base64 of something longer it begins at any of three bytes
		if whole := len(secret[min(skip, len(secret)):]) / 3 * 3; whole >= 6 {
			out = append(out, base64.StdEncoding.EncodeToString([]byte(secret[skip:skip+whole])))
		}
	}
	return out
}

// leaked are the words of the secrets that a text shows.
func leaked(text string) []string {
	var words []string
	for word, secret := range known() {
		for _, f := range forms(secret) {
			if len(f) >= 4 && strings.Contains(text, f) {
				words = append(words, word+" as "+f)
				break
			}
		}
	}
	return words
}

// unpacked is a text and everything that is packed in its strings: base64, and gzip in that.
func unpacked(v any) string {
	switch x := v.(type) {
	case map[string]any:
		var b strings.Builder
		for key, value := range x {
			b.WriteString(key + "\n" + unpacked(value))
		}
		return b.String()
	case []any:
		var b strings.Builder
		for _, value := range x {
			b.WriteString(unpacked(value))
		}
		return b.String()
	case string:
		data, err := base64.StdEncoding.DecodeString(x)
		if err != nil || len(data) < 4 {
			return x + "\n"
		}
		if r, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			data, _ = io.ReadAll(r) // what is cut off is seen as far as it goes
		}
		return x + "\n" + string(data) + "\n"
	default:
		return ""
	}
}
