package source

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// FromValue makes nodes of plain Go values: what Node.Value returns, and what JSON decoders and Helm's --set parser
// return. The nodes belong to file and have no line. Other types are an error.
func FromValue(file *File, v any) (*Node, error) {
	n := &Node{File: file}
	switch v := v.(type) {
	case nil:
	case bool:
		n.Kind, n.Text = Bool, strconv.FormatBool(v)
	case string:
		n.Kind, n.Text = String, v
	case int:
		n.Kind, n.Text = Int, strconv.Itoa(v)
	case int64:
		n.Kind, n.Text = Int, strconv.FormatInt(v, 10)
	case uint64:
		n.Kind, n.Text = Int, strconv.FormatUint(v, 10)
	case json.Number:
		return fromNumber(n, v.String())
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is no JSON number", v)
		}
		n.Kind, n.Text = Float, strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		return fromList(n, v)
	case map[string]any:
		return fromMap(n, v)
	default:
		return nil, fmt.Errorf("a %T is no JSON value", v)
	}
	return n, nil
}

func fromNumber(n *Node, text string) (*Node, error) {
	if f := plain(text, n); f != nil {
		return nil, fmt.Errorf("%s", f.Message)
	}
	return n, nil
}

func fromList(n *Node, list []any) (*Node, error) {
	n.Kind = List
	for _, item := range list {
		c, err := FromValue(n.File, item)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, c)
	}
	return n, nil
}

func fromMap(n *Node, m map[string]any) (*Node, error) {
	n.Kind = Map
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		c, err := FromValue(n.File, m[k])
		if err != nil {
			return nil, err
		}
		n.Keys, n.Items = append(n.Keys, Key{Name: k, File: n.File}), append(n.Items, c)
	}
	return n, nil
}
