package secrets

import (
	"regexp"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// scrub takes out of findings about secret text what may be a secret: a message that has a word in common with the values
// is replaced, unless the rule speaks of keys and places alone. Keys are no secrets: SOPS leaves them readable. What is
// encrypted is none either, and its letters are chance: now and then they make a word.
func scrub(findings diag.Findings, text []byte) diag.Findings {
	if len(findings) == 0 {
		return nil
	}
	secret := map[string]bool{}
	key := regexp.MustCompile(`^[\s-]*(?:[\w./-]+|"[^"]*"|'[^']*')\s*:(?:\s|$)`)
	encrypted := regexp.MustCompile(`ENC\[AES256_GCM,[^\]]*\]|-----BEGIN AGE ENCRYPTED FILE-----[^-]*-----END AGE ENCRYPTED FILE-----`)
	for line := range strings.Lines(encrypted.ReplaceAllString(string(text), "")) {
		for _, w := range words(key.ReplaceAllString(line, "")) {
			secret[w] = true
		}
	}
	out := make(diag.Findings, len(findings))
	for i, f := range findings {
		if !slices.Contains(harmless(), f.Rule) &&
			slices.ContainsFunc(words(f.Message+" "+f.Hint), func(w string) bool { return secret[w] }) {
			f.Message, f.Hint = "this value cannot be taken as it stands", "write values with special characters in quotes"
		}
		out[i] = f
	}
	return out
}

// harmless are the rules whose words about a secret file are of keys, places and numbers of things.
func harmless() []string {
	return []string{"alias-bomb", "alias-cycle", "ambiguous-scalar", "duplicate-key", "not-utf8", "several-documents", "too-deep", "too-large"}
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r > 127)
	})
}
