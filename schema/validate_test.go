package schema_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hookdrill/hookdrill/schema"
)

// push is a whole push of the newest Flashduty profile, in which a test may
// replace text. It is written by hand: what is under test does not make it.
const push = `{"event_time":1750000000123,"event_type":"i_custom","event_id":"ev-1","incident":{` +
	`"incident_id":"684fd80089abcdef01234567","title":"disk full","incident_severity":"Warning","incident_status":"Warning",` +
	`"progress":"Triggered","created_at":1750000000,"updated_at":1750000060,"start_time":1750000000,` +
	`"detail_url":"https://console.test/incident/1","labels":{"host":"drill-01"},"fields":{"x":1}}}`

// with replaces text in push, which must be there once.
func with(pairs ...string) string {
	body := push
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(body, pairs[i]) != 1 {
			panic(fmt.Sprintf("%q is not once in the body", pairs[i]))
		}
		body = strings.Replace(body, pairs[i], pairs[i+1], 1)
	}
	return body
}

// broken are bodies with something wrong, by the sentence that says what.
var broken = map[string]string{
	"an empty body":    "",
	"only white space": " \n\t",
	"null":             "null",
	"an array":         "[]",
	"a string":         `"push"`,
	"a push of nobody": `{"hello":"world"}`,
	"another event":    with("i_custom", "i_new"),
	"another event whose name would move the cursor": with("i_custom", `i_\u001b[2J\u202e`),
	"no event and no id":                             with(`"event_type":"i_custom","event_id":"ev-1",`, ""),
	"an event that is a number":                      with(`"i_custom"`, "7"),
	"the event id in the incident":                   with(`"event_id":"ev-1","incident":{`, `"incident":{"event_id":"ev-1",`),
	"the event id in both places":                    with(`"incident":{`, `"incident":{"event_id":"ev-1",`),
	"a byte order mark":                              "\ufeff" + push,
	"data behind the push":                           push + "{}",
	"a name twice":                                   with(`"title":"disk full"`, `"title":"a","title":"b"`),
	"a name twice, once escaped":                     with(`"title":"disk full"`, `"title":"a","\u0074itle":"b"`),
	"a name three times":                             with(`"title":"disk full"`, `"title":"a","title":"b","title":"c"`),
	"names that differ in case":                      with(`"event_id":"ev-1"`, `"event_id":"ev-1","EVENT_ID":"ev-2"`),
	"names that differ in a letter that folds":       with(`"fields":{"x":1}`, `"fields":{"k":1,"\u212a":2}`),
	"a byte that is no UTF-8":                        with(`ev-1`, "ev-\xff"),
	"half a surrogate pair":                          with(`ev-1`, `ev-\ud83d`),
	"half a surrogate pair in a name":                with(`"x":1`, `"x\udc00":1`),
	"a number of 129 characters":                     with(`1750000060`, strings.Repeat("1", 129)),
	"an exponent of four digits":                     with(`1750000060`, "1e1000"),
	"an exponent that would take a minute":           with(`"x":1`, `"x":1e1000001`),
	"an integer of 40 digits":                        with(`"title"`, `"alert_cnt":1234567890123456789012345678901234567890,"title"`),
	"a fraction of an alert":                         with(`"title"`, `"alert_cnt":1.5,"title"`),
	"1,001 arrays":                                   with(`"x":1`, `"x":`+strings.Repeat("[", 998)+strings.Repeat("]", 998)),
	"milliseconds where seconds stand":               with(`"start_time":1750000000`, `"start_time":1750000000123`),
	"seconds where milliseconds stand":               with(`1750000000123`, `1750000000`),
	"a severity of another platform":                 with(`"incident_severity":"Warning"`, `"incident_severity":"high"`),
	"no title":                                       with(`"title":"disk full",`, ""),
	"no title and a wrong severity and null labels":  with(`"title":"disk full",`, "", `"incident_severity":"Warning"`, `"incident_severity":"high"`, `{"host":"drill-01"}`, "null"),
	"a label that is a number":                       with(`"drill-01"`, "1"),
	"a name with a slash":                            with(`"host":"drill-01"`, `"a/b~c":1,"":2`),
	"an id of another shape":                         with("684fd80089abcdef01234567", "PINC001"),
	"a person without a name":                        with(`"incident":{`, `"person":{"person_id":1,"email":"a@drill.test"},"incident":{`),
	"an incident that is a list":                     push[:strings.Index(push, `"incident":{`)] + `"incident":[]}`,
	"a misspelled member":                            with(`"title":"disk full"`, `"title":"disk full","descripton":"x"`),
	"a long text in a wrong place":                   with(`1750000060`, `"`+strings.Repeat("é", 100)+`"`),
}

func TestViolationsForPeople(t *testing.T) {
	p := open(t, "flashduty@2026-05-27")
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(broken)) {
		fmt.Fprintf(&out, "== %s\n", name)
		lenient := p.Validate([]byte(broken[name]), schema.Lenient)
		show(&out, "lenient", lenient)
		strict := p.Validate([]byte(broken[name]), schema.Strict)
		if diff := cmp.Diff(lenient, strict); diff != "" {
			show(&out, "strict ", strict)
		}
	}
	golden(t, "violations.golden", out.Bytes())
}

func show(out *bytes.Buffer, strength string, vs []schema.Violation) {
	if len(vs) == 0 {
		fmt.Fprintf(out, "%s clean\n", strength)
	}
	for _, v := range vs {
		fmt.Fprintf(out, "%s %s\n        %s, offset %d, %s\n", strength, v, v.Rule, v.Offset, v.Source)
	}
}

// clean are bodies that look odd and break nothing in the lenient reading.
var clean = map[string]string{
	"as it is":                     push,
	"white space around it":        " \r\n\t" + push + "\n",
	"members that no table names":  with(`"title"`, `"images":null,"ai_summary":{"a":[1]},"title"`),
	"Ok as a severity":             with(`"incident_severity":"Warning"`, `"incident_severity":"Ok"`),
	"0 and empty in what may lack": with(`"title"`, `"group_method":"","ack_time":0,"description":"","title"`),
	"integers with a point":        with(`1750000060`, `1750000060.0`),
	"integers with an exponent":    with(`1750000060`, `175000006e1`, `"start_time":1750000000`, `"start_time":1.75E+9`),
	"the largest int64":            with(`"title"`, `"channel_id":9223372036854775807,"title"`),
	"2^53+1":                       with(`"title"`, `"channel_id":9007199254740993,"title"`),
	"an escaped name":              with(`"title"`, `"\u0074itle"`),
	"a surrogate pair":             with(`disk full`, `\ud83d\udd25`),
	"characters of four bytes":     with(`disk full`, `磁盘满 🔥`),
	"U+FFFD itself":                with(`disk full`, "\ufffd"),
	"1,000 arrays and objects":     with(`"x":1`, `"x":`+strings.Repeat("[", 997)+strings.Repeat("]", 997)),
	"a number of 128 characters":   with(`"x":1`, `"x":`+strings.Repeat("1", 128)),
	"an exponent of three digits":  with(`"x":1`, `"x":1e999`),
}

func TestLenientAcceptsWhatAPlatformMaySend(t *testing.T) {
	p := open(t, "flashduty@2026-05-27")
	for name, body := range clean {
		if vs := p.Validate([]byte(body), schema.Lenient); len(vs) > 0 {
			t.Errorf("%s: %v", name, vs)
		}
	}
}

// documents are JSON texts that are wrong as a whole (n_) in the spirit of
// JSONTestSuite, of our own making.
var documents = []string{
	"", " ", "{", "}", "[", "]", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":1 "b":2}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{"a":}`,
	`{null:1}`, `{"a":1}}`, `{"a":1]`, `[1,]`, `[,1]`, `[1,,2]`, `[1 2]`, `[1`, `[1}`, `["a`, `[NaN]`, `[nan]`, `[Infinity]`, `[-Infinity]`, `[+1]`, `[01]`, `[-01]`, `[00]`, `[1.]`, `[.1]`, `[-.1]`, `[-]`,
	`[1e]`, `[1e+]`, `[1.e1]`, `[0x1]`, `[1_000]`, `[1a]`, `[--1]`, `[1e1.5]`, `[true`, `[True]`, `[tru]`, `[TRUE]`, `[nul]`, `[undefined]`, `[None]`, `"`, `"\`, `"\u`, `["\u12"]`, `["\u12g4"]`, `["\x41"]`, `["\0"]`,
	`["\a"]`, `["\']`, "[\"a\nb\"]", "[\"a\tb\"]", "[\"\x00\"]", "[\"\x1f\"]", `['a']`, "[`a`]", `// a`, `/* a */ 1`, `{"a":1} // b`, `{"a":1 /* b */}`, `# a`, `[1] [2]`, `{"a":1}{"b":2}`, "1 2", "\x00", "\xff", "[1\xff]",
	"\u00a0[]", "[1\u00a0]", "[1]\x00", "\x1b", "<html>", "event_type=i_custom", "[\v1]", "[\f1]", "\xef\xbb[]", "\xfe\xff\x00[\x00]", "[\x00\"\x00]",
}

// values are JSON values that are right (y_).
var values = []string{
	"null", "true", "false", "0", "-0", "0.0", "-0.0", "1", "-1", "10", "0e1", "0e+1", "0E-1", "1e1", "1E+1", "1.5", "-1.5e-5", "123456789012345678901234567890", "20e1", `""`, `" "`, `"\""`, `"\\"`, `"\/"`, `"/"`,
	`"\b\f\n\r\t"`, `"\u0000"`, `"\u0041"`, `"\uD834\uDd1e"`, `"\\u0041"`, `"\uFFFF"`, "\"\x7f\"", "\"\u2028\u2029\"", `"é"`, `"🔥"`, `"\u00e9"`, "[]", "{}", "[ ]", "{ }", "[\n]", "[[]]", "[{}]", `{"":0}`, `{"a":{}}`, `{"a":[]}`, `[null,1,"a",{},[]]`,
	`{"a":1,"b":2}`, "[1 , 2]", "{ \"a\" : 1 }", `[1.7976931348623157e308]`, `["[]{},:\"'"]`,
}

func TestJSONIsReadAsRFC8259HasIt(t *testing.T) {
	p := open(t, "flashduty@2026-05-27")
	for _, body := range documents {
		for name, s := range strengths {
			if vs := schema.Errors(p.Validate([]byte(body), s)); len(vs) != 1 || vs[0].Rule != "json" && vs[0].Rule != "platform" {
				t.Errorf("%s %q: %v, want one violation, json (or another platform's)", name, body, vs)
			}
		}
		// Inside a push nothing else is wrong: the rule must be json.
		if vs := p.Validate([]byte(with(`"x":1`, `"x":`+body+`,"y":`)), schema.Lenient); len(vs) != 1 || vs[0].Rule != "json" {
			t.Errorf("%q in a push: %v, want one violation, json", body, vs)
		}
	}
	for _, value := range values {
		for name, s := range strengths {
			if vs := p.Validate([]byte(with(`"x":1`, `"x":`+value)), s); len(vs) > 0 {
				t.Errorf("%s %s: %v, want none", name, value, vs)
			}
		}
	}
}

func TestAtMost50ViolationsTheLastCountsTheRest(t *testing.T) {
	p := open(t, "flashduty@2026-05-27")
	labels := func(n int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"l%d":%d,`, i, i)
		}
		return []byte(with(`"host":`, b.String()+`"host":`))
	}
	for n, last := range map[int]string{
		1: "number 0", 50: "number 9", 51: "2 more violations", 1000: "at least 2 more violations",
	} {
		vs := p.Validate(labels(n), schema.Lenient)
		if want := min(n, 50); len(vs) != want {
			t.Fatalf("%d wrong labels: %d violations, want %d", n, len(vs), want)
		}
		if got := vs[len(vs)-1]; got.Found != last || got.Severity != schema.SeverityError {
			t.Errorf("%d wrong labels: the last violation is %v, want %q", n, got, last)
		}
	}
	twice := with(`"host":`, strings.Repeat(`"host":"a",`, 60)+`"host":`)
	vs := p.Validate([]byte(twice), schema.Lenient)
	if len(vs) != 50 || vs[49].Found != "11 more violations" || vs[49].Severity != schema.SeverityWarning {
		t.Errorf("60 names again: %d violations, the last %v", len(vs), vs[len(vs)-1])
	}
}

func TestAWrongPlatformIsOneViolationAndNothingElse(t *testing.T) {
	for _, ref := range schema.List() {
		p := open(t, ref.String())
		for _, other := range schema.List() {
			if other.Platform == ref.Platform {
				continue
			}
			for name, s := range strengths {
				got := findings(p.Validate(readDocumented(t, other).full(t), s))
				if diff := cmp.Diff([]finding{{"platform", ""}}, got); diff != "" {
					t.Errorf("%s %s on a push of %s: mismatch (-want +got):\n%s", ref, name, other, diff)
				}
			}
		}
	}
}

func TestExamineReadsAndValidatesAtOnce(t *testing.T) {
	p := open(t, "flashduty@2026-05-27")
	values, vs := p.Examine(nil, []byte(push), schema.Lenient)
	if len(vs) > 0 {
		t.Errorf("violations: %v", vs)
	}
	read, _ := p.Read(nil, []byte(push))
	if diff := cmp.Diff(read, values); diff != "" || len(values) == 0 {
		t.Errorf("Examine and Read mismatch (-read +examined):\n%s", diff)
	}

	values, vs = p.Examine(nil, []byte(broken["the event id in the incident"]), schema.Lenient)
	if diff := cmp.Diff([]finding{{"misplaced", "/incident/event_id"}}, findings(vs)); diff != "" {
		t.Errorf("an event id in the incident: mismatch (-want +got):\n%s", diff)
	}
	if values["event_id"] != "ev-1" {
		t.Errorf("event_id is %v, want ev-1", values["event_id"])
	}

	for _, body := range []string{"", "[]", broken["another event"]} {
		if values, vs := p.Examine(nil, []byte(body), schema.Lenient); values != nil || len(vs) != 1 {
			t.Errorf("%q: values %v, violations %v; want none and one", body, values, vs)
		}
	}
}

func TestAProfileValidatesInManyGoroutines(t *testing.T) {
	p := open(t, "pagerduty@2026-08-19")
	body := readDocumented(t, schema.Ref{Platform: "pagerduty", Date: "2026-08-19"}).full(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for _, s := range strengths {
				if vs := p.Validate(body, s); len(vs) > 0 {
					t.Errorf("violations: %v", vs)
				}
			}
		}()
	}
	wait.Wait()
}

// TestWhatWasReadStays examines another body, and a broken one, between reading a push
// and looking at what was read.
func TestWhatWasReadStays(t *testing.T) {
	for _, ref := range schema.List() {
		t.Run(ref.String(), func(t *testing.T) {
			p := open(t, ref.String())
			push := compose(t, p, schema.Values{"host": "web-01", "alerts": []any{map[string]any{"alert_key": "one"}, map[string]any{"alert_key": "two"}}})
			other := compose(t, p, schema.Values{"host": "web-02", "alerts": []any{map[string]any{"alert_key": "three"}}, "title": "other"})
			body := bytes.Replace(push.Body, []byte(`"title":`), []byte(`"tittle":`), 1)
			values, violations := p.Examine(push.Header, body, schema.Strict)
			want, _ := p.Read(push.Header, body)
			said := fmt.Sprint(violations)
			for range 3 {
				p.Examine(other.Header, other.Body, schema.Lenient)
				p.Validate(other.Body[:len(other.Body)/2], schema.Strict)
			}
			if diff := cmp.Diff(want, values); diff != "" {
				t.Errorf("values mismatch (-read for itself +examined before others):\n%s", diff)
			}
			if got := fmt.Sprint(violations); got != said || len(violations) == 0 {
				t.Errorf("violations %s, before others %s", got, said)
			}
		})
	}
}
