package source

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Decode fills a Go value from a node, strictly: a key that the value has no field for is a finding with the nearest
// field's name, and so is a value of another type; what can be filled is filled nevertheless. Fields are named by their
// json tags, and embedded structs lend theirs. It fills structs, maps with string keys, slices, pointers, booleans, strings,
// numbers, any (see Node.Value), time.Duration (from "10m"), *Node, and whatever decodes itself with
// DecodeNode(*Node) diag.Findings. A null, or no node, leaves the value as it is; a
// null in a list is a finding, for it stands for nothing that could be left as it is.
func Decode(n *Node, into any) diag.Findings {
	var d decoder
	d.value(n, reflect.ValueOf(into).Elem(), nil)
	return d.findings
}

// selfDecoder is what types implement whose form is not that of their Go fields.
type selfDecoder interface{ DecodeNode(*Node) diag.Findings }

type decoder struct{ findings diag.Findings }

func (d *decoder) value(n *Node, v reflect.Value, path []string) {
	if n == nil || n.Kind == Null {
		return
	}
	if d.special(n, v, path) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), path)
	case reflect.Interface:
		v.Set(reflect.ValueOf(n.Value()))
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

// special handles the types that look like something else to reflection.
func (d *decoder) special(n *Node, v reflect.Value, path []string) bool {
	switch into := v.Addr().Interface().(type) {
	case selfDecoder:
		for _, f := range into.DecodeNode(n) {
			f.Path = join(path, f.Path)
			d.findings = append(d.findings, f)
		}
	case **Node:
		*into = n
	case *time.Duration:
		t, err := time.ParseDuration(n.Text)
		if n.Kind != String || err != nil {
			d.wrong(n, path, `a duration such as "90s" or "10m"`)
			return true
		}
		*into = t
	default:
		return false
	}
	return true
}

func join(path []string, below string) string {
	above := Path(path)
	if above == "" || below == "" || strings.HasPrefix(below, "[") {
		return above + below
	}
	return above + "." + below
}

func (d *decoder) structure(n *Node, v reflect.Value, path []string) {
	if n.Kind != Map {
		d.wrong(n, path, "a map")
		return
	}
	fields := map[string]reflect.Value{}
	fieldsOf(v, fields)
	for i, k := range n.Keys {
		field, ok := fields[k.Name]
		if !ok {
			names := make([]string, 0, len(fields))
			for name := range fields {
				names = append(names, name)
			}
			slices.Sort(names)
			f := diag.Errorf("unknown-field", k.At(), "unknown field %q", k.Name).WithPath(Path(below(path, k.Name)))
			f.Hint = diag.DidYouMean(k.Name, names)
			if f.Hint == "" {
				f.Hint = "the fields are " + strings.Join(names, ", ")
			}
			d.findings = append(d.findings, f)
			continue
		}
		d.value(n.Items[i], field, below(path, k.Name))
	}
}

// fieldsOf collects a struct's fields by json name, those of embedded structs too.
func fieldsOf(v reflect.Value, fields map[string]reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			fieldsOf(v.Field(i), fields)
			continue
		}
		if f.IsExported() && name != "" && name != "-" {
			fields[name] = v.Field(i)
		}
	}
}

func (d *decoder) mapping(n *Node, v reflect.Value, path []string) {
	if n.Kind != Map {
		d.wrong(n, path, "a map")
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Keys)))
	}
	for i, k := range n.Keys {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Items[i], item, below(path, k.Name))
		v.SetMapIndex(reflect.ValueOf(k.Name).Convert(v.Type().Key()), item)
	}
}

func (d *decoder) list(n *Node, v reflect.Value, path []string) {
	if n.Kind != List {
		d.wrong(n, path, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		if item.Kind == Null && v.Type().Elem().Kind() != reflect.Interface {
			d.findings = append(d.findings, diag.Errorf("empty-item", item.At(), "this item of the list is empty").
				WithPath(Path(below(path, strconv.Itoa(i)))).WithHint("write a value behind the dash, or remove it"))
			continue
		}
		d.value(item, v.Index(i), below(path, strconv.Itoa(i)))
	}
}

func (d *decoder) scalar(n *Node, v reflect.Value, path []string) {
	switch k := v.Kind(); {
	case k == reflect.String:
		if n.Kind != String {
			d.wrong(n, path, "a string")
			return
		}
		v.SetString(n.Text)
	case k == reflect.Bool:
		if n.Kind != Bool {
			d.wrong(n, path, "true or false")
			return
		}
		v.SetBool(n.Text == "true")
	default:
		d.number(n, v, path)
	}
}

func (d *decoder) number(n *Node, v reflect.Value, path []string) {
	switch {
	case v.CanInt():
		i, err := strconv.ParseInt(n.Text, 10, 64)
		if n.Kind != Int || err != nil || v.OverflowInt(i) {
			d.wrong(n, path, "an integer")
			return
		}
		v.SetInt(i)
	case v.CanUint():
		i, err := strconv.ParseUint(n.Text, 10, 64)
		if n.Kind != Int || err != nil || v.OverflowUint(i) {
			d.wrong(n, path, "an integer that is not negative")
			return
		}
		v.SetUint(i)
	case v.CanFloat():
		f, err := strconv.ParseFloat(n.Text, 64)
		if (n.Kind != Int && n.Kind != Float) || err != nil {
			d.wrong(n, path, "a number")
			return
		}
		v.SetFloat(f)
	default:
		panic("source: cannot decode into " + v.Type().String()) // a mistake of the caller, found by its first test
	}
}

// wrong reports a value of another type than wanted. The text of a value from a secret file is not shown.
func (d *decoder) wrong(n *Node, path []string, want string) {
	have := n.Kind.String()
	switch {
	case n.Kind.Scalar() && n.File != nil && !n.Hidden() && len(n.Text) <= 40:
		have += " " + strconv.Quote(n.Text)
		if n.Kind != String {
			have = n.Kind.String() + " " + n.Text
		}
	}
	f := diag.Errorf("field-type", n.At(), "want %s, have the %s", want, have).WithPath(Path(path))
	if want == "a string" && n.Kind.Scalar() {
		f.Hint = "write it in quotes"
		if !n.Hidden() {
			f.Proposed = n.Text
		}
	}
	d.findings = append(d.findings, f)
}

// below is the path one step further down; it never shares memory with its siblings.
func below(path []string, name string) []string { return append(path[:len(path):len(path)], name) }
