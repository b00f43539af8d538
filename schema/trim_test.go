package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTrim replaces what a body has, sets the flags of that alone, and keeps the
// rest byte for byte.
func TestTrim(t *testing.T) {
	const text = `"[omitted: the payload is too large]"`
	wrap := func(channel string) string {
		return `{"messages":[{"big":12345678901234567890,"log_entries":[{"channel":` + channel + `},{"channel":{"details":"of the second entry"}}]}]}`
	}
	tests := map[string]struct {
		channel, want string
		replaced      []string
	}{
		"all three": {
			channel:  `{"details":{"a":1},"details_omitted":false,"cef_details":{"details":"x","other":1},"body":"b","body_omitted":false}`,
			want:     `{"details":` + text + `,"details_omitted":true,"cef_details":{"details":` + text + `,"other":1,"details_omitted":true},"body":` + text + `,"body_omitted":true}`,
			replaced: []string{"details", "cef_details/details", "body"},
		},
		"one, without its flag":   {`{"body":"b"}`, `{"body":` + text + `,"body_omitted":true}`, []string{"body"}},
		"none":                    {`{"type":"x","details_omitted":false}`, `{"type":"x","details_omitted":false}`, nil},
		"null is nothing":         {`{"details":null}`, `{"details":null}`, nil},
		"a channel that is null":  {`null`, `null`, nil},
		"a cef_details of no use": {`{"cef_details":"x"}`, `{"cef_details":"x"}`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, replaced, err := open(t, "pagerduty@2026-08-19").Trim([]byte(wrap(tt.channel)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wrap(tt.want), string(got)); diff != "" {
				t.Errorf("Trim() mismatch (-want +got):\n%s", diff)
			}
			var want []string
			for _, one := range tt.replaced {
				want = append(want, "/messages/0/log_entries/0/channel/"+one)
			}
			if diff := cmp.Diff(want, replaced); diff != "" {
				t.Errorf("replaced mismatch (-want +got):\n%s", diff)
			}
		})
	}
	if _, _, err := open(t, "pagerduty@2026-08-19").Trim([]byte("{")); err == nil {
		t.Error("Trim({) without an error")
	}
}
