package plan

import (
	"errors"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
)

func TestPlaceholdersAreNeverApplied(t *testing.T) {
	objects := parsed(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: shop, annotations: {"+
		object.SecretsKey+": placeholder}}\n")
	in := applied().input(objects...)
	in.Options.Approvals = []Approval{{Rule: RulePlaceholder}}
	_, err := Make(in)
	want := "refused by a safety rule:\n  secret-placeholder: placeholders stand for secrets or random values in what would be applied: ConfigMap/shop/b (1 of 2 objects) (let apply render them, with the secrets)"
	if !errors.Is(err, ErrRefused) || err.Error() != want {
		t.Errorf("Make = %v\nwant   %s", err, want)
	}
	if _, err := Make(applied().input(objects[0])); err != nil {
		t.Errorf("without placeholders: %v", err)
	}
}
