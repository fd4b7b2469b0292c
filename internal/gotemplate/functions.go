package gotemplate

import (
	"reflect"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// functions are those of a dialect, bound to a scope.
func (r *Run) functions(s *scope) template.FuncMap {
	var f template.FuncMap
	if r.set.dialect == Chart {
		f = chartFunctions(r.env.Exact)
		f["lookup"] = r.lookup
		f[volatileFunc] = r.volatile
	} else {
		f = coreFunctions()
	}
	if r.set.dialect == Generator {
		all := sprig.TxtFuncMap()
		for _, name := range Generators() {
			f[name] = all[name]
		}
		f[volatileFunc] = r.volatile
	}
	shared(f)
	r.limited(f)
	r.weighed(f)
	r.comparing(f)
	r.passing(f)
	f["include"] = func(name string, data any) (string, error) { return r.include(s, name, data) }
	f["tpl"] = func(text string, data any) (string, error) { return r.tpl(s, text, data) }
	f[printFunc] = r.printed
	f[tickFunc] = r.tick
	f[markFunc] = func(place string) string { r.out.mark(place); return "" }
	return f
}

// shared replaces what prints numbers, what depends on the order of maps, and what reads the time zone.
func shared(f template.FuncMap) {
	f["html"] = func(args ...any) string { return template.HTMLEscaper(shown(args)...) }
	f["js"] = func(args ...any) string { return template.JSEscaper(shown(args)...) }
	f["urlquery"] = func(args ...any) string { return template.URLQueryEscaper(shown(args)...) }
	f["toString"] = text
	f["toStrings"] = texts
	f["quote"] = quote
	f["squote"] = squote
	f["keys"] = keys
	f["values"] = values
	f["required"] = required
	f["fail"] = func(message string) (string, error) { return "", failure{message: message} }
	f["toDate"] = toDate
	f["mustToDate"] = mustToDate
}

// builtins are text/template's own functions that are not replaced here.
func builtins() []string {
	return []string{"and", "or", "not", "len", "index", "slice", "call", "eq", "ne", "lt", "le", "gt", "ge"}
}

// language are the functions of a dialect.
type language struct {
	known map[string]bool // that templates may call
	text  map[string]bool // that return a string
}

func newLanguage(dialect Dialect) language {
	l := language{known: map[string]bool{}, text: map[string]bool{}}
	// The functions of a run that is never executed: only their names and types are looked at.
	r := &Run{set: &Set{dialect: dialect}}
	for name, f := range r.functions(nil) {
		l.known[name] = !strings.HasPrefix(name, "_")
		if t := reflect.TypeOf(f); t.NumOut() > 0 && t.Out(0).Kind() == reflect.String {
			l.text[name] = true
		}
	}
	for _, name := range builtins() {
		l.known[name] = true
	}
	return l
}

// coreFunctions are those of our own templates: Sprig's deterministic part, and conversions that report errors.
func coreFunctions() template.FuncMap {
	all, f := sprig.TxtFuncMap(), template.FuncMap{}
	for _, name := range deterministic() {
		f[name] = all[name]
	}
	f["get"] = get
	f["date"] = date
	f["dateInZone"] = dateInZone
	f["atoi"] = atoi
	f["b64dec"] = b64dec
	f["b32dec"] = b32dec
	f["toYaml"] = toYAML
	f["fromYaml"] = fromYAML
	f["fromYamlArray"] = fromYAML
	f["toJson"] = toJSON
	f["fromJson"] = fromJSON
	f["fromJsonArray"] = fromJSON
	f["toToml"] = toTOML
	f["fromToml"] = fromTOML
	return f
}

// deterministic are Sprig's functions that return the same for the same arguments, whatever the day and the machine.
func deterministic() []string {
	return strings.Fields(`
		abbrev abbrevboth trunc trim upper lower title untitle substr repeat trimall trimAll trimSuffix trimPrefix nospace
		initials swapcase snakecase camelcase kebabcase wrap wrapWith contains hasPrefix hasSuffix indent nindent replace plural
		sha1sum sha256sum sha512sum adler32sum int64 int float64 seq toDecimal split splitList splitn until untilStep
		add1 add sub div mod mul add1f addf subf divf mulf biggest max min maxf minf ceil floor round sortAlpha
		default empty coalesce all any compact mustCompact toPrettyJson toRawJson mustToPrettyJson mustToRawJson ternary
		deepCopy mustDeepCopy typeOf typeIs typeIsLike kindOf kindIs deepEqual base dir clean ext isAbs b64enc b32enc
		tuple list dict set unset hasKey pluck pick omit merge mergeOverwrite mustMerge mustMergeOverwrite append push
		mustAppend mustPush prepend mustPrepend first mustFirst rest mustRest last mustLast initial mustInitial reverse
		mustReverse uniq mustUniq without mustWithout has mustHas slice mustSlice concat dig chunk mustChunk derivePassword
		buildCustomCert decryptAES semver semverCompare regexMatch mustRegexMatch regexFindAll mustRegexFindAll regexFind
		mustRegexFind regexReplaceAll mustRegexReplaceAll regexReplaceAllLiteral mustRegexReplaceAllLiteral regexSplit
		mustRegexSplit regexQuoteMeta urlParse urlJoin duration dateModify mustDateModify unixEpoch`)
}

// Generators are the functions that make secrets.
func Generators() []string {
	return strings.Fields(`
		bcrypt encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
		genSignedCertWithKey htpasswd randAlpha randAlphaNum randAscii randBytes randInt randNumeric shuffle uuidv4`)
}

// forbiddenFunctions are what our own templates cannot call, and what to use instead.
func forbiddenFunctions() map[string]string {
	const (
		value  = "put it into the values and read it from .Values"
		secret = "make it once, keep it in a secrets file of the values repo, and read it from .Values"
		files  = "read files of the core with .Files.Get"
		clock  = "put the date into the values and format it with dateInZone"
	)
	advice := map[string]string{}
	for names, use := range map[string]string{
		"env expandenv requiredEnv exec envExec getHostByName lookup fetchSecretValue expandSecretRefs": value,
		"readFile readDir readDirEntries isFile isDir":                                                  files,
		"now ago htmlDate htmlDateInZone date_in_zone durationRound":                                    clock,
		"randAlphaNum randAlpha randAscii randNumeric randBytes randInt shuffle uuidv4 bcrypt htpasswd encryptAES genPrivateKey " +
			"genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey": secret,
	} {
		for _, name := range strings.Fields(names) {
			advice[name] = use
		}
	}
	return advice
}
