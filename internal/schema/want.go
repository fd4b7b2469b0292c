package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// wrong is about one value that is not what the schema wants.
func (c *checker) wrong(v violation) diag.Finding {
	n := c.root.Lookup(v.path...)
	want, have := wanted(v.kind, n)
	message := want
	if have != "" {
		message += ", have " + have
	}
	f := diag.Errorf(ruleOf(v.kind), c.at(v.path), "%s", message).WithPath(source.Path(v.path))
	if _, few := v.kind.(*kind.MinProperties); few {
		f.At = c.written(v.path, c.compiled.node(v.schema()).At())
	}
	f.Hint = hint(v.kind, n)
	return c.describe(f, v.schemas)
}

// ruleOf names the rule after the keyword: schema-min-length.
func ruleOf(k jsonschema.ErrorKind) string {
	keyword := k.KeywordPath()
	if len(keyword) == 0 {
		return "schema-forbidden"
	}
	var b strings.Builder
	b.WriteString("schema-")
	for _, r := range keyword[0] {
		if unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// wanted says what the schema wants and what is there; the latter is "" where the former says it all.
func wanted(k jsonschema.ErrorKind, n *source.Node) (want, have string) {
	switch k := k.(type) {
	case *kind.Type:
		return "want " + typeNames(k.Want), excerpt(n)
	case *kind.Const:
		return "want " + literal(k.Want), excerpt(n)
	case *kind.Enum:
		return "want " + choices(k.Want), excerpt(n)
	case *kind.Pattern:
		return "want a string that matches " + short(k.Want, 120), excerpt(n)
	case *kind.Format:
		return "want the format " + k.Want, excerpt(n)
	case *kind.Minimum:
		return "want at least " + number(k.Want), excerpt(n)
	case *kind.Maximum:
		return "want at most " + number(k.Want), excerpt(n)
	case *kind.ExclusiveMinimum:
		return "want more than " + number(k.Want), excerpt(n)
	case *kind.ExclusiveMaximum:
		return "want less than " + number(k.Want), excerpt(n)
	case *kind.MultipleOf:
		return "want a multiple of " + number(k.Want), excerpt(n)
	default:
		return counted(k, n)
	}
}

// counted is wanted for the keywords that are about more than one value.
func counted(k jsonschema.ErrorKind, n *source.Node) (want, have string) {
	switch k := k.(type) {
	case *kind.MinLength:
		return "want at least " + plural(k.Want, "character"), count(k.Got, n)
	case *kind.MaxLength:
		return "want at most " + plural(k.Want, "character"), count(k.Got, n)
	case *kind.MinItems:
		return "want at least " + plural(k.Want, "item"), count(k.Got, n)
	case *kind.MaxItems:
		return "want at most " + plural(k.Want, "item"), count(k.Got, n)
	case *kind.MinProperties:
		return "want at least " + plural(k.Want, "key"), count(k.Got, n)
	case *kind.MaxProperties:
		return "want at most " + plural(k.Want, "key"), count(k.Got, n)
	case *kind.UniqueItems:
		return "want items that differ", fmt.Sprintf("the same at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains:
		return "want an item of the kind that the schema asks for", "none"
	case *kind.MinContains:
		return fmt.Sprintf("want at least %s of the kind that the schema asks for", plural(k.Want, "item")), strconv.Itoa(len(k.Got))
	case *kind.MaxContains:
		return fmt.Sprintf("want at most %s of the kind that the schema asks for", plural(k.Want, "item")), strconv.Itoa(len(k.Got))
	case *kind.OneOf:
		return "the value fits more than one of the alternatives, where one is wanted", ""
	case *kind.Not:
		return "the schema excludes this value", ""
	default:
		return "no value is allowed here", ""
	}
}

// excerpt is a value as messages show it. The text of a secret is not shown.
func excerpt(n *source.Node) string {
	switch {
	case n == nil:
		return "nothing"
	case n.Kind == source.Null:
		return "null"
	case !n.Kind.Scalar() || n.Hidden():
		return article(n.Kind.String())
	case n.Kind == source.String:
		return "the string " + strconv.Quote(short(n.Text, 60))
	default:
		return "the " + n.Kind.String() + " " + n.Text
	}
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// typeNames are JSON Schema's types as users of YAML call them.
func typeNames(types []string) string {
	names := make([]string, len(types))
	for i, t := range types {
		switch t {
		case "array":
			t = "list"
		case "object":
			t = "map"
		}
		names[i] = article(t)
		if t == "null" {
			names[i] = t
		}
	}
	return strings.Join(names, " or ")
}

// choices are the values of an enum, as many as one line takes.
func choices(values []any) string {
	if len(values) == 1 {
		return literal(values[0])
	}
	const most = 12
	var shown []string
	for _, v := range values[:min(len(values), most)] {
		shown = append(shown, literal(v))
	}
	if more := len(values) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("… (%d more)", more))
	}
	return "one of " + strings.Join(shown, ", ")
}

// literal is a value of the schema.
func literal(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	text, _ := json.Marshal(v) // values read from YAML always have a JSON form
	return short(string(text), 60)
}

func number(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(12), "0")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// count is how many there are; how long a secret is stays secret.
func count(got int, n *source.Node) string {
	if n != nil && n.Kind == source.String && n.Hidden() {
		return ""
	}
	return strconv.Itoa(got)
}

// short cuts a text that is too long for a message.
func short(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
