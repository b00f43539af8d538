package schema_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
)

// TestReadmeNamesEveryKey holds README.md to profile.schema.json and
// api.schema.json: each key, each function and each status is explained.
func TestReadmeNamesEveryKey(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		m, ok := v.(map[string]any)
		if !ok {
			return
		}
		properties, _ := m["properties"].(map[string]any)
		for key := range properties {
			if !strings.Contains(string(readme), "`"+key+"`") {
				t.Errorf("README.md does not name the key `%s`", key)
			}
		}
		words, _ := m["enum"].([]any)
		for _, word := range words {
			if !strings.Contains(string(readme), "`"+word.(string)+"`") {
				t.Errorf("README.md does not name `%s`", word)
			}
		}
		for _, below := range m {
			walk(below)
		}
	}
	for _, text := range [][]byte{schema.ProfileSchema(), schema.APISchema()} {
		var doc any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		walk(doc)
	}
}
