package schema_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
)

func TestSignatureIsAFact(t *testing.T) {
	want := map[string]schema.Signature{
		"pagerduty@2026-08-19": {Header: "X-PagerDuty-Signature", Algorithm: "hmac-sha256", Encoding: "hex", Prefix: "v1=", Separator: ",",
			Malformed: 400, Wrong: 403, DocumentedFor: "V3 webhooks"},
	}
	for _, ref := range schema.List() {
		got, signs := open(t, ref.String()).Signature()
		form, stated := want[ref.String()]
		if diff := cmp.Diff(form, got); diff != "" || signs != stated {
			t.Errorf("%s: Signature() = %v, mismatch (-want +got):\n%s", ref, signs, diff)
		}
	}
}

func TestCustomBodiesAreAFact(t *testing.T) {
	for ref, want := range map[string]bool{"flashduty@2024-11-20": false, "flashduty@2026-05-27": true, "pagerduty@2020-10-09": false, "pagerduty@2026-08-19": false} {
		if p := open(t, ref); p.CustomBody() != want || p.ValueMapping() != want {
			t.Errorf("%s: custom body %v, value mapping %v, want %v", ref, p.CustomBody(), p.ValueMapping(), want)
		}
	}
}

func TestASignatureThatCannotBeMadeIsRefused(t *testing.T) {
	form := func(changes ...string) string {
		text := `{"header": "X-Seal", "algorithm": "hmac-sha256", "encoding": "hex", "prefix": "", "separator": ","}`
		return strings.NewReplacer(changes...).Replace(text)
	}
	for name, tt := range map[string]struct{ value, want string }{
		"another word":         {`"some"`, `"none" or an object with header`},
		"a key too many":       {form(`"header"`, `"secret": "x", "header"`), `unknown field "secret"`},
		"no header":            {form("X-Seal", ""), "header: \"\" is no name of a header"},
		"a header with spaces": {form("X-Seal", "X Seal"), "is no name of a header"},
		"another algorithm":    {form("hmac-sha256", "md5"), `algorithm: "md5"; hmac-sha256 would do`},
		"another encoding":     {form(`"hex"`, `"base64"`), `encoding: "base64"; hex would do`},
		"no separator":         {form(`","}`, `""}`), "separator: empty"},
		"a line in the prefix": {form(`"prefix": ""`, `"prefix": "a\r\nX: y"`), "printable ASCII only"},
		"a status of 7":        {form(`","}`, `",", "wrong": 7}`), "a status from 100 to 599 would do"},
	} {
		t.Run(name, func(t *testing.T) {
			profile := `{"extends": "flashduty@2026-05-27", "facts": {"signature": {"value": ` + tt.value + `, "source": "https://example.com", "read": "2026-01-01", "status": "documented"}}}`
			_, err := schema.OpenFS(fstest.MapFS{"mine/2026-01-01/profile.json": {Data: []byte(profile)}}, "mine")
			if err == nil || !strings.Contains(err.Error(), "/facts/signature") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("OpenFS() = %v, want %q", err, tt.want)
			}
		})
	}
}
