package schema

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// keywords are those of JSON Schema in its drafts, of OpenAPI and of editors.
const keywords = `$schema $id $ref $anchor $dynamicRef $dynamicAnchor $recursiveRef $recursiveAnchor $vocabulary $comment $defs definitions
	type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern format
	items additionalItems prefixItems unevaluatedItems maxItems minItems uniqueItems contains maxContains minContains
	properties patternProperties additionalProperties unevaluatedProperties propertyNames maxProperties minProperties required
	dependencies dependentRequired dependentSchemas allOf anyOf oneOf not if then else
	title description default examples deprecated readOnly writeOnly contentEncoding contentMediaType contentSchema
	nullable example discriminator externalDocs xml
	markdownDescription enumDescriptions defaultSnippets deprecationMessage doNotSuggest errorMessage patternErrorMessage`

// ours are the keywords that mean something here after x-. Others are for other programs.
const ours = "merge merge-key null secret validations"

// unknownKeywords warns about what looks like a keyword and is none, because nothing checks what it was meant to.
func (l *linter) unknownKeywords(n *source.Node, path []string) {
	known, own := strings.Fields(keywords), strings.Fields(ours)
	for i, k := range n.Keys {
		var hint string
		extension, isExtension := strings.CutPrefix(k.Name, "x-")
		switch {
		case slices.Contains(known, k.Name), isExtension && slices.Contains(own, extension):
			continue
		case isExtension:
			if hint = diag.Suggest(extension, own); hint == "" {
				continue
			}
			hint = "did you mean \"x-" + hint + "\"?"
		default:
			hint = diag.DidYouMean(k.Name, known)
		}
		if hint == "" && n.Items[i].Kind == source.Map {
			hint = "move it below properties if it is the name of a value"
		}
		f := diag.Warningf(misplaced, k.At(), "the keyword %q means nothing, so nothing is checked by it", k.Name).
			WithPath(source.Path(below(path, k.Name)))
		f.Hint = hint
		l.findings = append(l.findings, f)
	}
}
