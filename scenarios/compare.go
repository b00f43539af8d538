package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// absent stands for a value that is not there, which is not the same as null.
const absent = "absent"

// difference is one place in a value that is not as it was wanted.
type difference struct {
	Pointer   string // JSON pointer of the place, "" for the whole value
	Got, Want string // compact JSON, or absent
}

// differences compares two values as encoding/json gives them with UseNumber
// and returns every place where they differ, in the order of the walk. Numbers
// are compared exactly: 1 and 1.0 are alike, 2^53 and 2^53+1 are not.
func differences(got, want any) []difference {
	var found collector
	cmp.Equal(indexed(got), indexed(want), cmp.Reporter(&found), cmp.Comparer(sameNumber))
	return found.differences
}

// elements is a list by index. cmp aligns lists, in a way that is not always
// the same; here the third element is compared with the third.
type elements map[int]any

// indexed returns value with its lists by index.
func indexed(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for name, one := range value {
			out[name] = indexed(one)
		}
		return out
	case []any:
		out := make(elements, len(value))
		for i, one := range value {
			out[i] = indexed(one)
		}
		return out
	}
	return value
}

// MarshalJSON writes the list that e is.
func (e elements) MarshalJSON() ([]byte, error) {
	list := make([]any, len(e))
	for i, one := range e {
		list[i] = one
	}
	return json.Marshal(list)
}

// collector is a cmp.Reporter that keeps the differences as data: the text that
// cmp.Diff makes is unstable by design.
type collector struct {
	path        cmp.Path
	differences []difference
}

func (c *collector) PushStep(step cmp.PathStep) { c.path = append(c.path, step) }
func (c *collector) PopStep()                   { c.path = c.path[:len(c.path)-1] }

func (c *collector) Report(result cmp.Result) {
	if result.Equal() {
		return
	}
	got, want := c.path.Last().Values()
	one := difference{Pointer: c.pointer(), Got: absent, Want: absent}
	if got.IsValid() {
		one.Got = compact(got.Interface())
	}
	if want.IsValid() {
		one.Want = compact(want.Interface())
	}
	c.differences = append(c.differences, one)
}

// pointer writes the path as a JSON pointer; steps through interfaces have no
// place in it.
func (c *collector) pointer() string {
	var b strings.Builder
	for _, step := range c.path {
		if step, ok := step.(cmp.MapIndex); ok {
			b.WriteString("/" + pointerEscaper.Replace(fmt.Sprint(step.Key())))
		}
	}
	return b.String()
}

var (
	pointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Numbers beyond these are compared as texts: nothing is computed with them.
const (
	maxComparedDigits   = 128
	maxComparedExponent = 3
)

// sameNumber reports whether two JSON numbers have the same value.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, ok := exact(a)
	if !ok {
		return false
	}
	y, ok := exact(b)
	return ok && x.Cmp(y) == 0
}

func exact(n json.Number) (*big.Rat, bool) {
	text := string(n)
	_, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if len(text) > maxComparedDigits || len(strings.TrimLeft(exponent, "+-")) > maxComparedExponent {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// decode reads bytes as one JSON value with exact numbers.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

// lookup returns the value at a JSON pointer; ok is false when nothing is there.
func lookup(value any, pointer string) (found any, ok bool) {
	if pointer == "" {
		return value, true
	}
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		token = pointerUnescaper.Replace(token)
		switch in := value.(type) {
		case map[string]any:
			if value, ok = in[token]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			value = in[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// compact writes a value as one line of JSON, as a person would type it.
func compact(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
