package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// profileSchema compiles profile.schema.json, which may refer to itself alone.
var profileSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	const name = "profile.schema.json"
	c := jsonschema.NewCompiler()
	c.LoadURL = func(address string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("%s: only profile.schema.json itself may be referred to", address)
	}
	if err := c.AddResource(name, bytes.NewReader(ProfileSchema())); err != nil {
		return nil, err
	}
	return c.Compile(name)
})

// checkProfileFile holds a profile.json to its schema and names every mistake
// by its JSON pointer.
func checkProfileFile(data []byte) error {
	sch, err := profileSchema()
	if err != nil {
		return fmt.Errorf("profile.schema.json: %w", err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	var invalid *jsonschema.ValidationError
	switch err := sch.Validate(doc); {
	case err == nil:
		return nil
	case !errors.As(err, &invalid):
		return err
	}
	var errs []error
	seen := make(map[string]bool)
	leaves(invalid, func(leaf *jsonschema.ValidationError) {
		line := fmt.Sprintf("%s: %s", orBody(leaf.InstanceLocation), leaf.Message)
		if !seen[line] {
			seen[line] = true
			errs = append(errs, errors.New(line))
		}
	})
	return errors.Join(errs...)
}

func orBody(location string) string {
	if location == "" {
		return "/"
	}
	return location
}

// leaves calls f for the causes that have no further cause.
func leaves(e *jsonschema.ValidationError, f func(*jsonschema.ValidationError)) {
	if len(e.Causes) == 0 {
		f(e)
		return
	}
	for _, cause := range e.Causes {
		leaves(cause, f)
	}
}
