package schema

import "encoding/json"

// written is a value of a name and the form in which it stands in the body. Most
// presses are about the incident of the press before and give the same values
// again: the newest of each name is kept.
type written struct {
	given any
	form  *node // frozen
}

// write gives the value of n its form, if that fits its place.
func (f *pushForm) write(n *name, given any) (*node, error) {
	if last := n.newest.Load(); last != nil && same(last.given, given) {
		return last.form, nil
	}
	value, err := n.write(given)
	if err != nil {
		return nil, err
	}
	if n.before == "" && n.present == nil {
		if err := f.fits(n.spot, n.pointers[0], value); err != nil {
			return nil, err
		}
	}
	if same(given, given) {
		value.freeze()
		n.newest.Store(&written{copyValue(given), value})
	}
	return value, nil
}

// same reports whether two values are alike, in Go types that decoding makes;
// others are never.
func same(a, b any) bool {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return ok && a == b
	case json.Number:
		b, ok := b.(json.Number)
		return ok && a == b
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) || (a == nil) != (b == nil) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			if other, there := b[name]; !there || !same(value, other) {
				return false
			}
		}
		return true
	case bool, nil:
		return a == b
	}
	return false
}
