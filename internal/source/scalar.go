package source

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// scalars resolves plain scalars as the core schema of YAML 1.2 does (yaml.org/spec/1.2.2, section 10.3), except that an
// integer with leading zeros is octal, as Kubernetes reads file modes.
type scalars struct{ integer, octal, hex, float *regexp.Regexp }

func newScalars() scalars {
	return scalars{
		integer: regexp.MustCompile(`^[-+]?[0-9]+$`),
		octal:   regexp.MustCompile(`^0o[0-7]+$`),
		hex:     regexp.MustCompile(`^0x[0-9a-fA-F]+$`),
		float:   regexp.MustCompile(`^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$`),
	}
}

// resolve sets kind and text of a scalar's node, and says what cannot be accepted.
func (s scalars) resolve(y *yaml.Node, n *Node) *diag.Finding {
	tag := ""
	if y.Style&yaml.TaggedStyle != 0 {
		tag = y.ShortTag()
	}
	quoted := y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch tag {
	case "!!str":
		n.Kind, n.Text = String, y.Value
		return nil
	case "":
		if quoted {
			n.Kind, n.Text = String, y.Value
			return nil
		}
	case "!!int", "!!float", "!!bool", "!!null":
	default:
		f := diag.Errorf("unknown-tag", n.At(), "tag %s cannot be used on a scalar", tag)
		return &f
	}
	if ambiguous(y.Value) && tag == "" {
		f := diag.Errorf("ambiguous-scalar", n.At(), "%s is a string in YAML 1.2 and a boolean in YAML 1.1", y.Value).
			WithHint(`write true or false, or "%s" in quotes for the string`, y.Value)
		return &f
	}
	return s.plain(y.Value, n)
}

func (s scalars) plain(text string, n *Node) *diag.Finding {
	switch text {
	case "", "~", "null", "Null", "NULL":
		n.Kind = Null
		return nil
	case "true", "True", "TRUE":
		n.Kind, n.Text = Bool, "true"
		return nil
	case "false", "False", "FALSE":
		n.Kind, n.Text = Bool, "false"
		return nil
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
		f := diag.Errorf("not-a-number", n.At(), "%s has no form in JSON, which Kubernetes and charts use", text)
		return &f
	}
	if base, digits := s.base(text); base != 0 {
		i, _ := new(big.Int).SetString(digits, base) // the pattern made sure of it
		n.Kind, n.Text = Int, i.String()
		return nil
	}
	if s.float.MatchString(text) {
		return number(text, n)
	}
	n.Kind, n.Text = String, text
	return nil
}

// base tells an integer's base and digits; 0 for what is none.
func (s scalars) base(text string) (int, string) {
	switch {
	case s.integer.MatchString(text):
		digits := strings.TrimLeft(text, "+-")
		if len(digits) > 1 && digits[0] == '0' && !strings.ContainsAny(digits, "89") {
			return 8, strings.TrimPrefix(text, "+")
		}
		return 10, strings.TrimPrefix(text, "+")
	case s.octal.MatchString(text):
		return 8, text[2:]
	case s.hex.MatchString(text):
		return 16, text[2:]
	default:
		return 0, ""
	}
}

func number(text string, n *Node) *diag.Finding {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		finding := diag.Errorf("not-a-number", n.At(), "%s is out of range", text)
		return &finding
	}
	n.Kind, n.Text = Float, strconv.FormatFloat(f, 'g', -1, 64)
	return nil
}

// ambiguous reports the scalars that YAML 1.1 reads as booleans and YAML 1.2 as strings.
func ambiguous(text string) bool {
	if len(text) == 0 || len(text) > 3 {
		return false
	}
	switch text {
	case "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF":
		return true
	}
	return false
}
