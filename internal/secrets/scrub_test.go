package secrets

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestScrub: a message that repeats a word of a secret is replaced; encrypted text has such words by chance, and is none.
func TestScrub(t *testing.T) {
	for text, replaced := range map[string]bool{
		"a: x\n":          false,
		"b: what a map\n": true,
		"map: x\n":        false,
		"b: ENC[AES256_GCM,data:+a/map/,iv:a,tag:a,type:str]\n":                                                   false,
		"b: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str] map\n":                                                     true,
		"enc: |\n  -----BEGIN AGE ENCRYPTED FILE-----\n  x/a/map\n  here+x\n  -----END AGE ENCRYPTED FILE-----\n": false,
	} {
		got := scrub(diag.Findings{diag.Errorf("yaml-syntax", diag.Position{}, "a map cannot begin here")}, []byte(text))
		if (got[0].Message != "a map cannot begin here") != replaced {
			t.Errorf("about %q: %s", text, got[0].Message)
		}
	}
}
