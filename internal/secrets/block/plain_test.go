package block_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
)

func TestPlain(t *testing.T) {
	const values = `
a: 1
b_unencrypted: {c: plain-pw}
d: [plain-pw, null, "", {}, {e_enc: true, f: "ENC[AES256_GCM,data:x,type:str]"}]
g: {b: 0.5}
sops:
  age: [{recipient: x}]
  `
	for setting, want := range map[string]string{
		"":                                "a d[0] d[4].e_enc g.b",
		"unencrypted_suffix: e_enc":       "a b_unencrypted.c d[0] g.b",
		"encrypted_suffix: enc":           "d[4].e_enc",
		"encrypted_regex: ^[bg]":          "b_unencrypted.c g.b",
		"unencrypted_regex: ^(d|b)$":      "a b_unencrypted.c",
		"encrypted_regex: '(('":           "",
		"encrypted_comment_regex: secret": "",
		"unencrypted_comment_regex: open": "",
	} {
		root, findings := source.Parse("a.yaml", []byte(values+setting))
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		found, findings := block.Plain(root)
		var got []string
		for _, f := range findings {
			if f.Rule != block.PlainInEncrypted || !f.Quiet || strings.Contains(f.String()+f.Hint, "plain-pw") {
				t.Errorf("%s: %s [%s] at %s: %s", setting, f, f.Rule, f.At, f.Hint)
			}
			got = append(got, f.Path)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" || len(found) != len(got) {
			t.Errorf("%s: Plain found %d (-want +got):\n%s", setting, len(found), diff)
		}
	}
}
