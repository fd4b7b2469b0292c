package schema

import (
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// hint is what may have been meant.
func hint(k jsonschema.ErrorKind, n *source.Node) string {
	if n == nil || n.Hidden() {
		return ""
	}
	switch k := k.(type) {
	case *kind.Enum:
		if n.Kind != source.String {
			return ""
		}
		return diag.DidYouMean(n.Text, texts(k.Want))
	case *kind.Type:
		return quoting(k.Want, n)
	default:
		return ""
	}
}

func texts(values []any) []string {
	var out []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// quoting is a hint at quotes that are missing, or too many.
func quoting(want []string, n *source.Node) string {
	if len(want) != 1 || !n.Kind.Scalar() || n.Kind == source.Null {
		return ""
	}
	if want[0] == "string" {
		return "write it in quotes"
	}
	if n.Kind != source.String {
		return ""
	}
	bare, findings := source.Parse("", []byte(n.Text))
	fits := len(findings) == 0 && bare != nil && (bare.Kind == source.Int && (want[0] == "integer" || want[0] == "number") ||
		bare.Kind == source.Float && want[0] == "number" || bare.Kind == source.Bool && want[0] == "boolean")
	if fits {
		return "write it without quotes"
	}
	return ""
}
