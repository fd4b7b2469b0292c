package gotemplate

import (
	"fmt"
	"slices"
	"strings"
	"text/template/parse"
)

// call is what a function yields. Of what it does not know it thinks that it reads all of its arguments.
func (w *follower) call(function string, args []*abstract) *abstract {
	n := len(args)
	switch function {
	case "include":
		if n == 2 {
			return w.included(args[0], args[1])
		}
	case "tpl":
		if n == 2 {
			return w.tpl(args[0], args[1])
		}
	case "print", "printf":
		if text, ok := printedConstant(function, args); ok {
			return constant(text)
		}
	case "dict":
		return dict(args)
	case "list", "tuple":
		return (&abstract{items: either(args...)}).weigh()
	}
	w.puts(function, args)
	if v := choice(function, args); v != nil {
		return v
	}
	if v := access(w.set.dialect, function, args); v != nil {
		return v
	}
	v := consumed(args)
	v.foreign = v.foreign || !slices.Contains(verbatim(), function)
	return v
}

// puts notes where a function puts what may be a template.
func (w *follower) puts(function string, args []*abstract) {
	if len(args) == 0 || function == "tpl" || !changesArguments(function) || !consumed(args[1:]).foreign {
		return
	}
	w.put.somewhere = true
	args[0].each(map[*abstract]bool{}, func(*Reads) { w.put.intoValues = true })
}

// verbatim are functions that keep the texts in their arguments as they are; others may make templates of what is none.
func verbatim() []string {
	return strings.Fields("toYaml toYamlPretty toString print printf println cat join quote squote indent nindent trim concat append prepend first last compact uniq _print")
}

// consumed is what a function yields that reads all of its arguments.
func consumed(args []*abstract) *abstract {
	out := &abstract{}
	out.values = len(args) > 0
	for _, a := range args {
		a.whole()
		out.foreign = out.foreign || a.mayHoldTemplate()
		out.values = out.values && (a.ofValues() || a.known)
	}
	return out
}

// choice are functions that yield one of their arguments, and those that only ask whether they are empty; nil: another one.
func choice(function string, args []*abstract) *abstract {
	n := len(args)
	if n == 0 {
		return nil
	}
	last := args[n-1]
	switch function {
	case "default", "coalesce", "and", "or":
		for _, a := range args {
			a.empty()
		}
		return either(args...)
	case "ternary":
		last.empty()
		return either(args[:n-1]...)
	case "required":
		last.empty()
		return last
	case "not", "empty", "all", "any", "kindOf", "kindIs", "typeOf", "typeIs", "typeIsLike":
		for _, a := range args {
			a.empty()
		}
		return &abstract{}
	case "deepCopy", "mustDeepCopy":
		return last
	case "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite":
		consumed(args[1:])
		return either(args[0], &abstract{foreign: consumed(args[1:]).foreign})
	case "set":
		consumed(args[1:])
		return either(args[0], &abstract{foreign: true})
	case "unset", "omit":
		consumed(args[1:])
		return args[0]
	}
	return nil
}

// access are functions that go to a member; nil: another one.
func access(dialect Dialect, function string, args []*abstract) *abstract {
	n := len(args)
	if n < 2 {
		if function == "keys" && n == 1 {
			args[0].member()
			return &abstract{items: &abstract{foreign: args[0].foreign}}
		}
		return nil
	}
	last := args[n-1]
	switch function {
	case "index":
		return membersAt(args[0], args[1:])
	case "hasKey":
		membersAt(args[0], args[1:])
		return &abstract{}
	case "get":
		if dialect == Chart {
			return membersAt(args[0], args[1:])
		}
		if !args[0].known {
			return nil
		}
		var v []*abstract
		for _, path := range args[0].texts {
			v = append(v, fields(last, strings.Split(path, ".")))
		}
		return either(append(v, args[1:n-1]...)...)
	case "dig":
		return either(membersAt(last, args[:n-2]), args[n-2])
	case "pluck":
		var v []*abstract
		for _, m := range args[1:] {
			v = append(v, membersAt(m, args[:1]))
		}
		return (&abstract{items: either(v...)}).weigh()
	}
	return nil
}

// membersAt follows keys; one that is not a constant may be any.
func membersAt(v *abstract, keys []*abstract) *abstract {
	for _, key := range keys {
		key.whole()
		if !key.known {
			v = v.member()
			continue
		}
		var members []*abstract
		for _, text := range key.texts {
			members = append(members, v.field(text))
		}
		v = either(members...)
	}
	return v
}

// dict is a map that a template makes.
func dict(args []*abstract) *abstract {
	v := &abstract{fields: map[string]*abstract{}}
	for i := 0; i+1 < len(args); i += 2 {
		if !args[i].known || len(args[i].texts) != 1 {
			consumed(args[i : i+2])
			v.foreign = true
			continue
		}
		v.fields[args[i].texts[0]] = args[i+1]
	}
	return v.weigh()
}

// included follows a template by its name; by one that is no constant, all that there are.
func (w *follower) included(name, dot *abstract) *abstract {
	name.whole()
	names := name.texts
	if !name.known {
		names = sortedKeys(w.trees)
	}
	for _, n := range names {
		w.include(n, dot)
	}
	return &abstract{foreign: true}
}

// tpl follows a text: a constant, or else any text of the values that may be a template. A text that a template makes may be
// anything.
func (w *follower) tpl(text, dot *abstract) *abstract {
	text.whole()
	texts := slices.Clone(text.texts)
	if !text.known {
		texts = append(texts, w.Reader.texts...)
	}
	if text.foreign || !text.known && (w.put.intoValues || w.put.somewhere && !text.ofValues()) {
		dot.whole()
	}
	for _, t := range texts {
		if !strings.Contains(t, "{{") {
			continue
		}
		trees := map[string]*parse.Tree{}
		root := parse.New("tpl " + t)
		root.Mode = parse.SkipFuncCheck
		if _, err := root.Parse(t, "", "", trees); err != nil {
			dot.whole()
			continue
		}
		if len(trees) > 1 { // it defines templates, which change what others mean
			dot.whole()
		}
		for _, tree := range trees {
			w.follow(tree, dot)
		}
	}
	return &abstract{foreign: true}
}

// printedConstant is what print or printf makes of constants.
func printedConstant(function string, args []*abstract) (string, bool) {
	var texts []any
	size := 0
	for _, a := range args {
		if !a.known || len(a.texts) != 1 {
			return "", false
		}
		texts = append(texts, a.texts[0])
		size += len(a.texts[0])
	}
	if len(texts) == 0 || size > mostText {
		return "", false
	}
	if function == "print" {
		var b strings.Builder
		for _, t := range texts {
			fmt.Fprint(&b, t) // between strings print puts no space
		}
		return b.String(), true
	}
	format, _ := texts[0].(string)
	return fmt.Sprintf(format, texts[1:]...), true
}
