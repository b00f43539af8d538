package scenarios

import (
	"bytes"
	_ "embed"
	"encoding/json"
)

//go:embed scenario.schema.json
var scenarioSchema []byte

// ScenarioSchema returns the JSON Schema (2020-12) of a story's file, for
// editors. What it accepts the loader may still refuse: a schema cannot follow
// names.
func ScenarioSchema() []byte { return bytes.Clone(scenarioSchema) }

// ProjectSchema returns the JSON Schema of hookdrill.yaml: the same definitions
// as a story's, of which a project has the shared ones.
func ProjectSchema() []byte {
	var s map[string]any
	if err := json.Unmarshal(scenarioSchema, &s); err != nil {
		panic(err) // embedded, and held to the loader by a test
	}
	all := s["properties"].(map[string]any)
	s["title"], s["description"] = "A hookdrill project", "The actions, stages and variables that the stories below hookdrill.yaml share."
	s["properties"] = map[string]any{"env": all["env"], "actions": all["actions"], "stages": all["stages"]}
	delete(s, "required")
	defs := s["$defs"].(map[string]any)
	for _, own := range []string{"steps", "step", "press", "wait", "request", "effects", "expect", "attempt", "capture", "entry", "incident", "timeline", "page", "twin", "values",
		"pointed", "duration", "platformTime", "span", "count", "status", "outcome", "phase", "written", "place", "ended"} {
		delete(defs, own) // only stories have these
	}
	var out bytes.Buffer
	encode := json.NewEncoder(&out)
	encode.SetEscapeHTML(false)
	encode.SetIndent("", "  ")
	if err := encode.Encode(s); err != nil {
		panic(err) // it was JSON a moment ago
	}
	return out.Bytes()
}
