package scenarios

import (
	"fmt"
	"reflect"
	"strings"
)

// expand puts the endpoints' URLs, by name, into ${endpoints.NAME.url} of text.
// References to requests stay for the receiver.
func expand(text string, urls map[string]string) (string, error) {
	if !strings.Contains(text, "${endpoints.") {
		return text, nil
	}
	return replaceReferences(text, func(ref string) (string, error) {
		name, ok := strings.CutPrefix(ref, "endpoints.")
		if !ok {
			return "${" + ref + "}", nil
		}
		url, ok := urls[strings.TrimSuffix(name, ".url")]
		if !ok {
			return "", fmt.Errorf("${%s}: no such endpoint on this stage", ref)
		}
		return url, nil
	})
}

// expandAll returns a copy of v in which expand was done to every text: fields,
// elements, map values and the texts within any.
func expandAll[T any](v T, urls map[string]string) (T, error) {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	out.Set(reflect.ValueOf(&v).Elem())
	err := expandInto(out, urls)
	return out.Interface().(T), err
}

// expandInto expands the texts that out holds. What out shares with others
// (slices, maps, pointers) is copied first.
func expandInto(out reflect.Value, urls map[string]string) error {
	switch out.Kind() {
	case reflect.String:
		text, err := expand(out.String(), urls)
		if err != nil {
			return err
		}
		out.SetString(text)
	case reflect.Pointer, reflect.Interface:
		if out.IsNil() {
			return nil
		}
		copied := reflect.New(out.Elem().Type()).Elem()
		copied.Set(out.Elem())
		if err := expandInto(copied, urls); err != nil {
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
			if err := expandInto(out.Index(i), urls); err != nil {
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
			if err := expandInto(value, urls); err != nil {
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
			if err := expandInto(out.Field(i), urls); err != nil {
				return err
			}
		}
	}
	return nil
}
