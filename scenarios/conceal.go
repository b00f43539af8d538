package scenarios

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// minSecret is the length in bytes from which a value is hidden: a shorter one
// would take harmless text with it and is guessed in no time.
const minSecret = 4

// conceal takes the values of the environment and of secret files out of a
// result, wherever they went: headers, bodies, messages, notes.
func (s *Scenario) conceal(res *Result) {
	if clean := s.cleaner(); clean != nil {
		concealIn(reflect.ValueOf(res).Elem(), clean)
	}
}

// cleaner takes them out of a text; nil when there are none.
func (s *Scenario) cleaner() func(string) string {
	var secrets []string
	for _, one := range s.secrets {
		if len(one) >= minSecret {
			secrets = append(secrets, spellings(one)...)
		}
	}
	if len(secrets) == 0 {
		return nil
	}
	// The longest first: one may be part of another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return func(text string) string {
		for _, one := range secrets {
			text = strings.ReplaceAll(text, one, schema.Redacted)
		}
		return text
	}
}

// spellings are the ways in which a result may hold a text: as it is, in JSON, in
// quotes, as JSON in quotes, in a URL.
func spellings(text string) []string {
	out := []string{url.QueryEscape(text), url.PathEscape(text)}
	for _, escapeHTML := range []bool{false, true} {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(escapeHTML)
		_ = e.Encode(text) // a text can always be written
		encoded := strings.TrimSpace(b.String())
		for _, one := range []string{text, encoded[1 : len(encoded)-1]} {
			out = append(out, one)
			for _, quoted := range []string{strconv.Quote(one), strconv.QuoteToASCII(one)} {
				out = append(out, quoted[1:len(quoted)-1])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var bytesType = reflect.TypeFor[[]byte]()

// concealIn lets clean rewrite every text that v holds. What v shares with
// others (slices, maps, pointers) is copied first: the play still uses it.
func concealIn(v reflect.Value, clean func(string) string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(clean(v.String()))
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		copied := reflect.New(v.Elem().Type()).Elem()
		copied.Set(v.Elem())
		concealIn(copied, clean)
		if v.Kind() == reflect.Pointer {
			copied = copied.Addr()
		}
		v.Set(copied)
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		if v.Type().ConvertibleTo(bytesType) {
			before := v.Bytes()
			if after := []byte(clean(string(before))); !bytes.Equal(before, after) {
				v.SetBytes(after)
			}
			return
		}
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(copied, v)
		v.Set(copied)
		for i := range v.Len() {
			concealIn(v.Index(i), clean)
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		copied := reflect.MakeMapWithSize(v.Type(), v.Len())
		for each := v.MapRange(); each.Next(); {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(each.Value())
			concealIn(value, clean)
			copied.SetMapIndex(each.Key(), value)
		}
		v.Set(copied)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				concealIn(v.Field(i), clean)
			}
		}
	}
}
