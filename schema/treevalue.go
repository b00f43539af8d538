package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"unicode/utf8"
)

// value gives n in the Go types of encoding/json with UseNumber.
func (n *node) value() any {
	if n.frozen != nil && n.frozen.scalar != nil {
		return n.frozen.scalar
	}
	switch n.kind {
	case kindNull:
		return nil
	case kindBoolean:
		return n.text == "true"
	case kindNumber:
		return json.Number(n.text)
	case kindString:
		return n.text
	case kindArray:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = item.value()
		}
		return list
	}
	object := make(map[string]any, len(n.fields))
	for _, f := range n.fields {
		object[f.name] = f.value.value()
	}
	return object
}

// toNode makes a node of a Go value. The members of a map stand sorted, since a
// map has no order of its own.
func toNode(v any) (*node, error) {
	switch v := v.(type) {
	case nil:
		return &node{kind: kindNull, text: "null"}, nil
	case bool:
		return &node{kind: kindBoolean, text: strconv.FormatBool(v)}, nil
	case string:
		if !utf8.ValidString(v) {
			return nil, fmt.Errorf("%q is not UTF-8", v)
		}
		return stringNode(v), nil
	case json.Number:
		if !isNumber(string(v)) {
			return nil, fmt.Errorf("%q is not a JSON number", string(v))
		}
		return numberNode(v.String()), nil
	case int:
		return numberNode(strconv.Itoa(v)), nil
	case int64:
		return numberNode(strconv.FormatInt(v, 10)), nil
	case uint64:
		return numberNode(strconv.FormatUint(v, 10)), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is not a JSON number", v)
		}
		return numberNode(strconv.FormatFloat(v, 'f', -1, 64)), nil
	case []any:
		return listNode(len(v), func(i int) any { return v[i] })
	case []string:
		return listNode(len(v), func(i int) any { return v[i] })
	case []map[string]any:
		return listNode(len(v), func(i int) any { return v[i] })
	case map[string]any:
		return objectNode(v)
	case map[string]string:
		return objectNode(v)
	case *node:
		return v, nil
	case Values:
		return objectNode(v)
	}
	return nil, fmt.Errorf("a Go %T has no JSON form here; strings, numbers, booleans, lists and maps have", v)
}

// isNumber reports whether s is the literal of a JSON number and nothing else.
func isNumber(s string) bool {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	return s != "" && (s[0] == '-' || digit(s[0])) && digit(s[len(s)-1]) && json.Valid([]byte(s))
}

func listNode(n int, item func(int) any) (*node, error) {
	list := &node{kind: kindArray, items: make([]*node, 0, n)}
	for i := range n {
		below, err := toNode(item(i))
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		list.items = append(list.items, below)
	}
	return list, nil
}

func objectNode[V any](m map[string]V) (*node, error) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	object := &node{kind: kindObject, fields: make([]field, 0, len(m))}
	for _, name := range names {
		below, err := toNode(m[name])
		if err != nil {
			return nil, fmt.Errorf("member %q: %w", name, err)
		}
		object.fields = append(object.fields, field{name, below})
	}
	return object, nil
}
