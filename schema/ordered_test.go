package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
)

func readTree(t testing.TB, text string) schema.Tree {
	t.Helper()
	tree, err := schema.ReadTree([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestATreeKeepsOrderAndDigits(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"members in their order":      {`{"b": 1, "a": {"d": 2, "c": 3}, "B": []}`, `{"b":1,"a":{"d":2,"c":3},"B":[]}`},
		"numbers to the digit":        {`[1.50, -0, 1e2, 12345678901234567890123]`, `[1.50,-0,1e2,12345678901234567890123]`},
		"lists in lists":              {`[[], [[1], {}], [null, true]]`, `[[],[[1],{}],[null,true]]`},
		"one scalar":                  {" \"x\"\n", `"x"`},
		"escapes that are not needed": {`"\u0041\/\ud83d\ude00\u2028"`, "\"A/\U0001F600\u2028\""},
		"escapes that are needed":     {`"\"\\\n\u0000"`, `"\"\\\n\u0000"`},
		"an empty name":               {`{"": {"": 0}}`, `{"":{"":0}}`},
	} {
		if got := readTree(t, tt.text).JSON(); string(got) != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestATreeIsFoundByPath(t *testing.T) {
	tree := readTree(t, `{"incident": {"title": "disk", "cnt": 2, "open": true, "none": null, "alerts": [{"k": "v"}], "~/": 1}}`)
	for name, tt := range map[string]struct {
		path    []string
		want    string // String; "" where nothing is there
		scalar  bool
		nearest string
	}{
		"the whole":         {nil, string(tree.JSON()), false, ""},
		"text":              {[]string{"incident", "title"}, "disk", true, ""},
		"a number":          {[]string{"incident", "cnt"}, "2", true, ""},
		"a boolean":         {[]string{"incident", "open"}, "true", true, ""},
		"null":              {[]string{"incident", "none"}, "null", false, ""},
		"an element":        {[]string{"incident", "alerts", "0"}, `{"k":"v"}`, false, ""},
		"an odd name":       {[]string{"incident", "~/"}, "1", true, ""},
		"a typo":            {[]string{"incident", "titel"}, "", false, `/incident has no "titel"; did you mean "title"?`},
		"behind the list":   {[]string{"incident", "alerts", "1", "k"}, "", false, "/incident/alerts has 1 elements, counted from 0"},
		"below text":        {[]string{"incident", "title", "x"}, "", false, "/incident/title is a string"},
		"nothing near":      {[]string{"zzz"}, "", false, `the body has no "zzz"`},
		"an empty name":     {[]string{""}, "", false, `the body has no ""`},
		"a number's shadow": {[]string{"incident", "alerts", "00"}, "", false, "/incident/alerts has 1 elements, counted from 0"},
	} {
		t.Run(name, func(t *testing.T) {
			below, ok := tree.At(tt.path...)
			if ok != (tt.want != "") {
				t.Fatalf("At(%q) = %v", tt.path, ok)
			}
			if got := tree.Nearest(tt.path...); got != tt.nearest {
				t.Errorf("Nearest(%q) = %q, want %q", tt.path, got, tt.nearest)
			}
			if !ok {
				return
			}
			if text, scalar := below.Scalar(); below.String() != tt.want || scalar != tt.scalar || scalar && text != tt.want {
				t.Errorf("At(%q) is %s, scalar %v %q; want %s, %v", tt.path, below, scalar, text, tt.want, tt.scalar)
			}
		})
	}
}

func TestATreeIsRewritten(t *testing.T) {
	tree := readTree(t, `{"a/b": "x", "c": ["y", 1, {"d": "z"}], "e": "x"}`)
	var seen []string
	got, err := tree.Replace(func(at, text string) (schema.Tree, error) {
		seen = append(seen, at+"="+text)
		if text == "y" {
			return readTree(t, `{"k": [1.0]}`), nil
		}
		return schema.TextTree(strings.ToUpper(text)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"a/b":"X","c":[{"k":[1.0]},1,{"d":"Z"}],"e":"X"}`; string(got.JSON()) != want {
		t.Errorf("Replace() = %s, want %s", got.JSON(), want)
	}
	if diff := cmp.Diff([]string{"/a~1b=x", "/c/0=y", "/c/2/d=z", "/e=x"}, seen); diff != "" {
		t.Errorf("strings mismatch (-want +got):\n%s", diff)
	}
	if want := `{"a/b":"x","c":["y",1,{"d":"z"}],"e":"x"}`; string(tree.JSON()) != want {
		t.Errorf("Replace() changed the tree that it read: %s", tree.JSON())
	}
	var names []string
	for at, name := range tree.Names() {
		names = append(names, at+"="+name)
		if name == "d" {
			break
		}
	}
	if diff := cmp.Diff([]string{"/a~1b=a/b", "/c=c", "/c/2/d=d"}, names); diff != "" {
		t.Errorf("Names() mismatch (-want +got):\n%s", diff)
	}
	stop := errors.New("stop")
	if _, err := tree.Replace(func(string, string) (schema.Tree, error) { return schema.Tree{}, stop }); !errors.Is(err, stop) {
		t.Errorf("Replace() = %v, want the error of its func", err)
	}
}

func TestATreeErrorSaysWhere(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want schema.TreeError
	}{
		"at once":           {"", schema.TreeError{Offset: 0, Line: 1, Column: 1, Found: "the end of the body", Wanted: "JSON: a value here"}},
		"in a later line":   {"{\n\t\"é\": x\n}", schema.TreeError{Offset: 9, Line: 2, Column: 7, Found: "'x'", Wanted: "JSON: a value here"}},
		"behind the value":  {"{}\n\n]", schema.TreeError{Offset: 4, Line: 3, Column: 1, Found: "']' behind the value", Wanted: "exactly one JSON value"}},
		"a name that stood": {"{\"a\": 1,\n \"a\": 2}", schema.TreeError{Offset: 10, Line: 2, Column: 2, Found: `name "a" again`, Wanted: "each name once"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := schema.ReadTree([]byte(tt.text))
			var got *schema.TreeError
			if !errors.As(err, &got) {
				t.Fatalf("ReadTree() = %v, want a TreeError", err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("ReadTree() error mismatch (-want +got):\n%s", diff)
			}
			if want := fmt.Sprintf("line %d, column %d (offset %d): found %s; want %s", got.Line, got.Column, got.Offset, got.Found, got.Wanted); err.Error() != want {
				t.Errorf("Error() = %q, want %q", err, want)
			}
		})
	}
}

// TestHostileTreesAreReadInTime gives ReadTree what makes other readers slow.
func TestHostileTreesAreReadInTime(t *testing.T) {
	for name, attack := range hostile() {
		began := time.Now()
		tree, err := schema.ReadTree([]byte(attack.body))
		if err == nil {
			for range tree.Names() {
			}
			_, err = tree.Replace(func(_, text string) (schema.Tree, error) { return schema.TextTree(text), nil })
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		if err != nil && len(err.Error()) > 2000 {
			t.Errorf("%s: an error of %d characters", name, len(err.Error()))
		}
	}
}

// FuzzTree holds what ReadTree takes to what encoding/json reads in it.
func FuzzTree(f *testing.F) {
	for _, body := range broken {
		f.Add([]byte(body))
	}
	for _, body := range clean {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tree, err := schema.ReadTree(text)
		if err != nil {
			return
		}
		written := tree.JSON()
		if want := decoded(t, text); !reflect.DeepEqual(decoded(t, written), want) {
			t.Errorf("%s is written %s", text, written)
		}
		again, err := schema.ReadTree(written)
		if err != nil || !bytes.Equal(again.JSON(), written) {
			t.Errorf("%s is read back as %v, %v", written, again, err)
		}
		same, err := tree.Replace(func(_, text string) (schema.Tree, error) { return schema.TextTree(text), nil })
		if err != nil || !bytes.Equal(same.JSON(), written) {
			t.Errorf("%s becomes %v, %v when each string is replaced by itself", written, same, err)
		}
	})
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}
