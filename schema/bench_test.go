package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/hookdrill/hookdrill/schema"
)

// benchmarkBody is a press as Compose makes it, laid out as the published
// example is: 3.7 KB for Flashduty, the size that the goals are stated for.
func benchmarkBody(b *testing.B, ref string) ([]byte, *schema.Profile) {
	b.Helper()
	p := open(b, ref)
	push, err := p.Compose(schema.Values{}, schema.Seed(1), schema.At(time.Unix(1_750_000_000, 0)))
	if err != nil {
		b.Fatal(err)
	}
	if vs := p.Validate(push.Body, schema.Strict); len(vs) > 0 {
		b.Fatal(vs)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, push.Body, "", "    "); err != nil {
		b.Fatal(err)
	}
	return out.Bytes(), p
}

// naiveValidator is plain use of the libraries, and frozen: do not speed it up.
// encoding/json with UseNumber into any, then jsonschema/v5 with the schema
// file as it stands, compiled once.
func naiveValidator(b *testing.B, path string) func(body []byte) error {
	b.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	compiled, err := jsonschema.CompileString("https://hookdrill.invalid/naive.json", string(raw))
	if err != nil {
		b.Fatal(err)
	}
	return func(body []byte) error {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			return err
		}
		return compiled.Validate(v)
	}
}

// BenchmarkValidate compares decoding and validating with plain use of the
// libraries. The goal is a ratio of at most 0.65; ratio takes turns in one run,
// since two runs on a busy machine cannot be compared.
func BenchmarkValidate(b *testing.B) {
	for _, c := range []struct{ name, ref, path string }{
		{"flashduty", "flashduty@2026-05-27", "profiles/flashduty/2026-05-27/push.schema.json"},
		{"pagerduty", "pagerduty@2026-08-19", "profiles/pagerduty/2026-08-19/push.schema.json"},
	} {
		body, p := benchmarkBody(b, c.ref)
		naive := naiveValidator(b, c.path)
		ours := func(s schema.Strength) func() {
			return func() {
				if vs := p.Validate(body, s); len(vs) > 0 {
					b.Fatal(vs)
				}
			}
		}
		theirs := func() {
			if err := naive(body); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(c.name+"/hookdrill", loop(ours(schema.Lenient), len(body)))
		b.Run(c.name+"/hookdrill-strict", loop(ours(schema.Strict), len(body)))
		b.Run(c.name+"/naive", loop(theirs, len(body)))
		b.Run(c.name+"/ratio", interleave(ours(schema.Lenient), theirs))
	}
}

// BenchmarkDecode compares reading alone, with the rules about bytes, by a body
// that is no push: then nothing else is done with it.
func BenchmarkDecode(b *testing.B) {
	body, p := benchmarkBody(b, "flashduty@2026-05-27")
	body = append(append([]byte("["), body...), ']')
	ours := func() { p.Validate(body, schema.Lenient) }
	theirs := func() {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("hookdrill", loop(ours, len(body)))
	b.Run("naive", loop(theirs, len(body)))
	b.Run("ratio", interleave(ours, theirs))
}

func loop(f func(), size int) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(size))
		for b.Loop() {
			f()
		}
	}
}

// interleave measures both in turns of a few and reports ours over theirs.
func interleave(ours, theirs func()) func(*testing.B) {
	return func(b *testing.B) {
		const turn = 8
		var our, their time.Duration
		for b.Loop() {
			began := time.Now()
			for range turn {
				ours()
			}
			between := time.Now()
			for range turn {
				theirs()
			}
			our += between.Sub(began)
			their += time.Since(between)
		}
		b.ReportMetric(our.Seconds()/their.Seconds(), "ratio")
	}
}
