package scenarios

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// known is what texts may refer to while a story is told.
type known struct {
	urls     map[string]string // of the endpoints, by name
	captured map[string]any    // by name
	console  func(ref string) (any, error)
}

// The roots of what is looked up while a story is told.
const (
	endpointsRoot = "endpoints."
	capturedRoot  = "captured."
	consoleRoot   = "console."
)

// value looks one reference up; ok is false where it is none of ours.
func (k known) value(ref string) (value any, ok bool, err error) {
	if name, is := strings.CutPrefix(ref, endpointsRoot); is {
		url, there := k.urls[strings.TrimSuffix(name, ".url")]
		if !there {
			return nil, true, fmt.Errorf("${%s}: no such endpoint on this stage", ref)
		}
		return url, true, nil
	}
	if name, is := strings.CutPrefix(ref, capturedRoot); is {
		value, there := k.captured[name]
		if !there {
			return nil, true, fmt.Errorf("${%s}: nothing was captured under that name yet", ref)
		}
		return value, true, nil
	}
	if name, is := strings.CutPrefix(ref, consoleRoot); is {
		value, err := k.console(name)
		if err != nil {
			return nil, true, fmt.Errorf("${%s}: %w", ref, err)
		}
		return value, true, nil
	}
	return nil, false, nil
}

// refers reports whether text refers to what is known while a story is told.
func refers(text string) bool {
	if !strings.Contains(text, "${") {
		return false
	}
	for _, root := range []string{endpointsRoot, capturedRoot, consoleRoot} {
		if strings.Contains(text, "${"+root) {
			return true
		}
	}
	return false
}

// expand puts what is known into ${endpoints.NAME.url}, ${captured.NAME} and
// ${console.…} of text. References to requests stay for the receiver. In a text
// that is JSON a value is written as in a string, and a string that is nothing else
// takes the value as it is, a number as a number.
func (k known) expand(text string) (string, error) {
	if !refers(text) {
		return text, nil
	}
	inJSON := strings.ContainsAny(text[:1], "{[") && json.Valid([]byte(text))
	if inJSON {
		whole, err := k.expandWhole(text)
		if err != nil {
			return "", err
		}
		text = whole
	}
	return replaceReferences(text, func(ref string) (string, error) {
		value, ok, err := k.value(ref)
		switch {
		case !ok:
			return "${" + ref + "}", err
		case err != nil:
			return "", err
		case inJSON:
			quoted := compact(asText(value))
			return quoted[1 : len(quoted)-1], nil
		}
		return asText(value), nil
	})
}

// wholeString is a string of a JSON text that is a reference and nothing else, and
// no name of a member.
var wholeString = regexp.MustCompile(`([\[:,]\s*)"\$\{([^}"\\]*)\}"(\s*[,\]}])`)

// expandWhole puts what is no text in the place of the strings of a JSON text that
// refer to it and are nothing else.
func (k known) expandWhole(text string) (string, error) {
	var failed error
	return wholeString.ReplaceAllStringFunc(text, func(found string) string {
		parts := wholeString.FindStringSubmatch(found)
		value, ok, err := k.value(parts[2])
		if _, isText := value.(string); !ok || isText || err != nil {
			failed = cmp.Or(failed, err)
			return found
		}
		return parts[1] + compact(value) + parts[3]
	}), failed
}

// asText writes a captured value into a text: a text as it is, others as JSON.
func asText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return compact(value)
}

// whole returns the value that text is a reference to and nothing else.
func (k known) whole(text string) (value any, ok bool) {
	ref, ends := strings.CutSuffix(strings.TrimPrefix(text, "${"), "}")
	if !ends || !strings.HasPrefix(text, "${"+capturedRoot) && !strings.HasPrefix(text, "${"+consoleRoot) {
		return nil, false
	}
	value, ok, err := k.value(ref)
	return value, ok && err == nil
}

// expandAll returns v with expand done to every text: fields, elements, map values
// and the texts within any. What v shares with others is not changed.
func expandAll[T any](v T, k known) (T, error) {
	if !refersWithin(reflect.ValueOf(&v).Elem()) {
		return v, nil // as most do
	}
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	out.Set(reflect.ValueOf(&v).Elem())
	err := expandInto(out, k)
	return out.Interface().(T), err
}

// refersWithin reports whether a text that v holds refers to what is known while a
// story is told.
func refersWithin(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return refers(v.String())
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && refersWithin(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if refersWithin(v.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for each := v.MapRange(); each.Next(); {
			if refersWithin(each.Value()) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanInterface() && refersWithin(field) { // what is not exported is no text of a story
				return true
			}
		}
	}
	return false
}

// expandInto expands the texts that out holds. What out shares with others
// (slices, maps, pointers) is copied first.
func expandInto(out reflect.Value, k known) error {
	switch out.Kind() {
	case reflect.String:
		text, err := k.expand(out.String())
		if err != nil {
			return err
		}
		out.SetString(text)
	case reflect.Pointer, reflect.Interface:
		if out.IsNil() {
			return nil
		}
		if text, is := out.Interface().(string); is && out.Kind() == reflect.Interface {
			if value, ok := k.whole(text); ok && value != nil {
				out.Set(reflect.ValueOf(value))
				return nil
			}
		}
		copied := reflect.New(out.Elem().Type()).Elem()
		copied.Set(out.Elem())
		if err := expandInto(copied, k); err != nil {
			return err
		}
		if out.Kind() == reflect.Pointer {
			copied = copied.Addr()
		}
		out.Set(copied)
	case reflect.Slice:
		if out.IsNil() {
			return nil
		}
		copied := reflect.MakeSlice(out.Type(), out.Len(), out.Len())
		reflect.Copy(copied, out)
		out.Set(copied)
		for i := range out.Len() {
			if err := expandInto(out.Index(i), k); err != nil {
				return err
			}
		}
	case reflect.Map:
		if out.IsNil() {
			return nil
		}
		copied := reflect.MakeMapWithSize(out.Type(), out.Len())
		for each := out.MapRange(); each.Next(); {
			value := reflect.New(out.Type().Elem()).Elem()
			value.Set(each.Value())
			if err := expandInto(value, k); err != nil {
				return err
			}
			copied.SetMapIndex(each.Key(), value)
		}
		out.Set(copied)
	case reflect.Struct:
		for i := range out.NumField() {
			if !out.Type().Field(i).IsExported() {
				continue
			}
			if err := expandInto(out.Field(i), k); err != nil {
				return err
			}
		}
	}
	return nil
}
