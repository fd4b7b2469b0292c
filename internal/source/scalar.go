package source

import (
	"math/big"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Plain scalars are resolved as the core schema of YAML 1.2 does (yaml.org/spec/1.2.2, section 10.3), except that an
// integer with leading zeros is octal, as Kubernetes reads file modes.

// quotedStyle are the styles in which a scalar is a string whatever its text.
const quotedStyle = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// resolve sets kind and text of a scalar's node, and says what cannot be accepted.
func resolve(y *yaml.Node, n *Node) *diag.Finding {
	tag := ""
	if y.Style&yaml.TaggedStyle != 0 {
		tag = y.ShortTag()
	}
	if tag == "!replace" {
		n.Replace, tag = true, ""
	}
	switch tag {
	case "!!str":
		n.Kind, n.Text = String, y.Value
		return nil
	case "":
		if y.Style&quotedStyle != 0 {
			n.Kind, n.Text = String, y.Value
			return nil
		}
	case "!!int", "!!float", "!!bool", "!!null":
	default:
		f := diag.Errorf("unknown-tag", n.At(), "%s cannot be used on a scalar", n.File.show("tag "+tag, "this tag")).
			WithHint("leave the tag out, or put text that begins with ! in quotes")
		return &f
	}
	if ambiguous(y.Value) && tag == "" {
		f := diag.Errorf("ambiguous-scalar", n.At(), "%s is a string in YAML 1.2 and a boolean in YAML 1.1", n.File.show(y.Value, "this")).
			WithHint(`write true or false, or %s in quotes for the string`, n.File.show(strconv.Quote(y.Value), "put it"))
		return &f
	}
	if f := plain(y.Value, n); f != nil || tag == "" {
		return f
	}
	return tagged(tag, n)
}

// tagged holds a plain scalar to the tag that it carries.
func tagged(tag string, n *Node) *diag.Finding {
	if tag == "!!float" && n.Kind == Int {
		n.Kind = Float
	}
	if n.Kind == map[string]Kind{"!!null": Null, "!!bool": Bool, "!!int": Int, "!!float": Float}[tag] {
		return nil
	}
	f := diag.Errorf("unknown-tag", n.At(), "tag %s cannot be used on %s", tag, n.Kind.Article()).WithHint("leave the tag out, or write a value of its kind")
	return &f
}

func plain(text string, n *Node) *diag.Finding {
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
		f := diag.Errorf("not-a-number", n.At(), "%s has no form in JSON, which Kubernetes and charts use", n.File.show(text, "this number"))
		return &f
	}
	if base, digits := base(text); base != 0 {
		return whole(base, digits, n)
	}
	if isFloat(text) {
		return number(text, n)
	}
	n.Kind, n.Text = String, text
	return nil
}

// whole keeps an integer exact.
func whole(base int, digits string, n *Node) *diag.Finding {
	if len(digits) > maxDigits {
		f := diag.Errorf("not-a-number", n.At(), "the integer has %d digits, more than %d", len(digits), maxDigits)
		return &f
	}
	n.Kind, n.Text = Int, digits
	if base != 10 || digits[0] == '0' || digits[0] == '-' {
		i, _ := new(big.Int).SetString(digits, base) // the pattern made sure of it
		n.Text = i.String()
	}
	return nil
}

// base tells an integer's base and digits; 0 for what is none.
func base(text string) (int, string) {
	unsigned := strings.TrimPrefix(strings.TrimPrefix(text, "+"), "-")
	switch {
	case digits(unsigned, "0123456789") && len(text)-len(unsigned) <= 1:
		if len(unsigned) > 1 && unsigned[0] == '0' && !strings.ContainsAny(unsigned, "89") {
			return 8, strings.TrimPrefix(text, "+")
		}
		return 10, strings.TrimPrefix(text, "+")
	case strings.HasPrefix(text, "0o") && digits(text[2:], "01234567"):
		return 8, text[2:]
	case strings.HasPrefix(text, "0x") && digits(text[2:], "0123456789abcdefABCDEF"):
		return 16, text[2:]
	default:
		return 0, ""
	}
}

// digits reports whether text is one or more of the digits.
func digits(text, of string) bool {
	return text != "" && strings.Trim(text, of) == ""
}

// isFloat matches [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
func isFloat(text string) bool {
	const decimal = "0123456789"
	if text[0] == '+' || text[0] == '-' {
		text = text[1:]
	}
	whole := strings.TrimLeft(text, decimal)
	hasWhole := len(whole) < len(text)
	rest := whole
	if strings.HasPrefix(whole, ".") {
		rest = strings.TrimLeft(whole[1:], decimal)
		if !hasWhole && len(rest) == len(whole)-1 {
			return false
		}
	} else if !hasWhole {
		return false
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	exponent := rest[1:]
	if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
		exponent = exponent[1:]
	}
	return digits(exponent, decimal)
}

func number(text string, n *Node) *diag.Finding {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		finding := diag.Errorf("not-a-number", n.At(), "%s is out of range", n.File.show(text, "this number"))
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
