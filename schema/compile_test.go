package schema_test

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/hookdrill/hookdrill/schema"
)

// ownSchema is a user's profile whose push.schema.json says something about the
// member x, on top of the rest of a Flashduty push.
func ownSchema(x, defs string) fstest.MapFS {
	text := `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"x":` + x + `},"$defs":` + defs + `}`
	return fstest.MapFS{
		"mine/2026-01-01/profile.json":     {Data: []byte(`{"extends":"flashduty@2026-05-27"}`)},
		"mine/2026-01-01/push.schema.json": {Data: []byte(text)},
	}
}

func TestAPushSchemaThatCannotBeUsedIsRefusedWhenItIsOpened(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	asked := make(chan string, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			asked <- conn.RemoteAddr().String()
			conn.Close()
		}
	}()

	for name, c := range map[string]struct{ x, want string }{
		"a file":                 {`{"$ref":"file:///etc/hostname"}`, "a schema stands alone"},
		"a file beside it":       {`{"$ref":"../../other.json"}`, "a schema stands alone"},
		"a host":                 {`{"$ref":"http://` + listener.Addr().String() + `/schema.json"}`, "a schema stands alone"},
		"a host's definition":    {`{"$ref":"http://` + listener.Addr().String() + `/schema.json#/$defs/a"}`, "a schema stands alone"},
		"a dialect of a host":    {`{"$id":"http://` + listener.Addr().String() + `/","$ref":"b.json"}`, "a schema stands alone"},
		"nowhere":                {`{"$ref":"#/$defs/none"}`, "not found"},
		"an empty enum":          {`{"enum":[]}`, "/properties/x/enum: is empty"},
		"a type that is none":    {`{"type":"word"}`, "jsonschema"},
		"a pattern that is none": {`{"pattern":"("}`, "jsonschema"},
		"a list for a schema":    {`[]`, "jsonschema"},
		"a name twice":           {`{"type":"string","type":"number"}`, `name "type" again`},
		"no JSON":                {`{"type":}`, "a value here"},
	} {
		_, err := schema.OpenFS(ownSchema(c.x, "{}"), "mine")
		if err == nil {
			t.Errorf("%s: opened", name)
			continue
		}
		if text := err.Error(); !strings.Contains(text, c.want) || !strings.Contains(text, "mine/2026-01-01/push.schema.json: ") {
			t.Errorf("%s: %s\nwithout %q and the file", name, text, c.want)
		}
	}
	select {
	case who := <-asked:
		t.Errorf("the host was asked, from %s", who)
	default:
	}
}

// dialect are schemas that use more of JSON Schema than ours, each with values.
var dialect = map[string]struct {
	x, defs string
	values  []string
}{
	"a reference to itself": {`{"$ref":"#/$defs/tree"}`, `{"tree":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"},"next":{"$ref":"#/$defs/tree"}}}}`,
		[]string{`{"id":1}`, `{"id":1,"next":{"id":2,"next":{"id":"3"}}}`, `{"id":1,"next":{}}`, `{"next":{"next":{"next":7}}}`, `{"id":1.0,"next":{"id":1e3}}`}},
	"a reference to the whole": {`{"type":"object","properties":{"in":{"$ref":"#"}}}`, `{}`, []string{`{"in":{"x":{"in":{}}}}`, `{"in":{"x":7}}`}},
	"references side by side": {`{"$ref":"#/$defs/a","description":"mine","maxLength":2}`, `{"a":{"$ref":"#/$defs/b","minLength":1},"b":{"type":"string","maxLength":3,"description":"theirs"}}`,
		[]string{`""`, `"a"`, `"abc"`, `"abcd"`, `7`}},
	"a bomb of references":  {`{"$ref":"#/$defs/a0"}`, bomb(24), []string{`{}`, `{"l":{"l":{"r":{"l":7}}}}`, `{"l":{"l":{"r":{"l":{}}}}}`}},
	"alternatives":          {`{"anyOf":[{"type":"integer"},{"type":"string","enum":["a"]}]}`, `{}`, []string{`1`, `1.5`, `"a"`, `"b"`, `null`}},
	"one of":                {`{"oneOf":[{"type":"number"},{"type":"integer"}]}`, `{}`, []string{`1`, `1.5`, `"a"`}},
	"not":                   {`{"not":{"type":"integer"}}`, `{}`, []string{`1`, `1.5`, `[]`}},
	"all of":                {`{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"required":["b"]}]}`, `{}`, []string{`{"a":"x","b":1}`, `{"a":1}`, `{}`, `7`}},
	"if and then":           {`{"if":{"properties":{"k":{"const":"a"}}},"then":{"required":["a"]},"else":{"required":["b"]}}`, `{}`, []string{`{"k":"a"}`, `{"k":"b"}`, `{"k":"a","a":1}`, `{"b":1}`}},
	"items by position":     {`{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":{"type":"boolean"}}`, `{}`, []string{`["a",1,true]`, `["a",1,1]`, `[1]`, `[]`}},
	"no more items":         {`{"prefixItems":[{"type":"string"}],"items":false}`, `{}`, []string{`["a"]`, `["a",1]`}},
	"lists in lists":        {`{"type":"array","items":{"type":"array","items":{"type":"array","minItems":1,"items":{"type":"integer"}}}}`, `{}`, []string{`[[[1]]]`, `[[[]]]`, `[[["a"]]]`, `[[7]]`, `[7]`, `7`}},
	"unique items":          {`{"type":"array","uniqueItems":true,"items":{"type":"integer"}}`, `{}`, []string{`[1,2]`, `[1,1]`, `["a","a"]`}},
	"contains":              {`{"contains":{"type":"string"},"maxContains":1}`, `{}`, []string{`[1,"a"]`, `[1]`, `["a","b"]`}},
	"names by pattern":      {`{"type":"object","patternProperties":{"^a":{"type":"integer"}},"properties":{"b":{"type":"string"}},"additionalProperties":false}`, `{}`, []string{`{"a1":1}`, `{"a1":"x"}`, `{"b":"x"}`, `{"c":1}`}},
	"names with a length":   {`{"propertyNames":{"maxLength":2}}`, `{}`, []string{`{"ab":1}`, `{"abc":1}`}},
	"a member without name": {`{"type":"object","properties":{"":{"type":"string"}},"additionalProperties":{"type":"integer"}}`, `{}`, []string{`{"":"x"}`, `{"":1}`, `{"a":1}`, `{"a":"x"}`}},
	"a member with slashes": {`{"type":"object","properties":{"a/b~c d%":{"type":"string"}},"required":["a/b~c d%"]}`, `{}`, []string{`{"a/b~c d%":"x"}`, `{"a/b~c d%":1}`, `{}`}},
	"a forbidden member":    {`{"type":"object","properties":{"a":false,"b":true}}`, `{}`, []string{`{"a":1}`, `{"b":1}`, `{}`}},
	"bounds":                {`{"type":"integer","minimum":3,"exclusiveMaximum":9}`, `{}`, []string{`2`, `3`, `9`, `4.5`, `"4"`}},
	"dependents":            {`{"dependentRequired":{"a":["b"]},"dependentSchemas":{"c":{"required":["d"]}}}`, `{}`, []string{`{"a":1}`, `{"a":1,"b":1}`, `{"c":1}`, `{"c":1,"d":1}`}},
	"what is left over":     {`{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}},"unevaluatedProperties":false}`, `{}`, []string{`{"a":[1]}`, `{"a":["x"]}`, `{"b":1}`}},
	"a format":              {`{"type":"string","format":"ipv4"}`, `{}`, []string{`"192.0.2.1"`, `"here"`, `7`}},
	"an enum of all kinds":  {`{"enum":[1,"a",null,[1],{"a":1}]}`, `{}`, []string{`1`, `1.0`, `"a"`, `null`, `[1]`, `{"a":1}`, `2`, `[2]`}},
	"a constant":            {`{"const":{"a":[1,2]}}`, `{}`, []string{`{"a":[1,2]}`, `{"a":[2]}`}},
	"a pattern":             {`{"type":["string","integer"],"pattern":"^[a-f]+$"}`, `{}`, []string{`"abc"`, `"abx"`, `""`, `1`, `1.5`, `null`}},
	"a list of at least": {`{"type":"array","minItems":2,"items":{"type":"object","required":["a"],"properties":{"a":{"type":"string","enum":["x","y"]}},"additionalProperties":{"type":"integer"}}}`, `{}`,
		[]string{`[]`, `[{"a":"x"}]`, `[{"a":"x"},{"a":"y","b":1}]`, `[{"a":"x"},{"a":"z"}]`, `[{"a":"x"},{"b":1}]`, `[{"a":"x"},{"a":"y","b":"1"}]`, `[{"a":"x"},7]`, `[{"a":null},{"a":"x"}]`}},
	"no type but members": {`{"required":["a"],"properties":{"a":{"enum":["x",1]},"b":{"minItems":1,"items":{"type":"string"}},"c":true,"d":{}},"additionalProperties":true}`, `{}`,
		[]string{`7`, `[]`, `{}`, `{"a":"x"}`, `{"a":1}`, `{"a":2}`, `{"a":"x","b":[]}`, `{"a":"x","b":["y"]}`, `{"a":"x","b":[1]}`, `{"a":"x","b":"y"}`, `{"a":"x","c":{},"d":null,"e":[]}`}},
	"words that are texts": {`{"enum":["x","y"]}`, `{}`, []string{`"x"`, `"z"`, `1`, `null`, `["x"]`}},
	"several types":        {`{"type":["integer","null","object"],"properties":{"a":{"type":["string","null"]}}}`, `{}`, []string{`1`, `1.5`, `null`, `{"a":null}`, `{"a":1}`, `[]`}},
}

// bomb is a chain of definitions that doubles at each step when it is written
// out.
func bomb(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf(`"a%d":{"type":"object","properties":{"l":{"$ref":"#/$defs/a%d"},"r":{"$ref":"#/$defs/a%d"}}}`, i, i+1, i+1))
	}
	return `{` + strings.Join(parts, ",") + fmt.Sprintf(`,"a%d":{"type":"object"}}`, n)
}

// TestEverySchemaMeansWhatTheLibrarySaysItMeans compares with the library's own
// reading of the same schema: what is rewritten must accept the same values.
func TestEverySchemaMeansWhatTheLibrarySaysItMeans(t *testing.T) {
	for name, c := range dialect {
		user := ownSchema(c.x, c.defs)
		p, err := schema.OpenFS(user, "mine")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat = true
		const url = "https://hookdrill.invalid/plain.json"
		if err := compiler.AddResource(url, strings.NewReader(string(user["mine/2026-01-01/push.schema.json"].Data))); err != nil {
			t.Fatal(err)
		}
		plain := compiler.MustCompile(url)
		for _, value := range c.values {
			body := `{"event_type":"i_custom","x":` + value + `}`
			var doc any
			decoder := json.NewDecoder(strings.NewReader(body))
			decoder.UseNumber()
			if err := decoder.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			want := plain.Validate(doc)
			vs := p.Validate([]byte(body), schema.Lenient)
			if (len(vs) == 0) != (want == nil) {
				t.Errorf("%s: %s gives %v; the library says %v", name, value, vs, want)
			}
			check(t, []byte(body), vs)
			for _, v := range vs {
				if !strings.HasPrefix(v.Pointer, "/x") {
					t.Errorf("%s: %s gives a violation at %q", name, value, v.Pointer)
				}
			}
		}
	}
}

func TestAUsersViolationsStandWhereTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		x, defs, value string
		want           []finding
	}{
		"alternatives are one cause":   {dialect["alternatives"].x, `{}`, `null`, []finding{{"anyOf", "/x"}}},
		"a reference to itself":        {dialect["a reference to itself"].x, dialect["a reference to itself"].defs, `{"id":1,"next":{"id":"2","next":{}}}`, []finding{{"type", "/x/next/id"}, {"required", "/x/next/next/id"}}},
		"lists in lists":               {dialect["lists in lists"].x, `{}`, `[[[1],["a"]],7]`, []finding{{"type", "/x/0/1/0"}, {"type", "/x/1"}}},
		"a forbidden member":           {dialect["a forbidden member"].x, `{}`, `{"a":1}`, []finding{{"additional", "/x/a"}}},
		"a member with slashes":        {dialect["a member with slashes"].x, `{}`, `{}`, []finding{{"required", "/x/a~1b~0c d%"}}},
		"a member with slashes, wrong": {dialect["a member with slashes"].x, `{}`, `{"a/b~c d%":1}`, []finding{{"type", "/x/a~1b~0c d%"}}},
		"a member with a keyword's name": {`{"type":"object","properties":{"not":{"type":"object","required":["anyOf"],"properties":{"anyOf":{"type":"object","required":["a","b"]}}}}}`,
			`{}`, `{"not":{"anyOf":{}}}`, []finding{{"required", "/x/not/anyOf/a"}, {"required", "/x/not/anyOf/b"}}},
		"a bound":                                {dialect["bounds"].x, `{}`, `2`, []finding{{"minimum", "/x"}}},
		"the tenth item stands behind the ninth": {`{"type":"array","items":{"type":"integer"}}`, `{}`, `[1,1,"",1,1,1,1,1,1,1,""]`, []finding{{"type", "/x/2"}, {"type", "/x/10"}}},
	} {
		p, err := schema.OpenFS(ownSchema(c.x, c.defs), "mine")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := findings(p.Validate([]byte(`{"event_type":"i_custom","x":`+c.value+`}`), schema.Lenient))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: mismatch (-want +got):\n%s", name, diff)
		}
	}
}
