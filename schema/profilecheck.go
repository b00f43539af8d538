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

// The schemas of the files of a profile.
var (
	profileSchema = fileSchema("profile.schema.json", ProfileSchema)
	apiSchema     = fileSchema("api.schema.json", APISchema)
)

// fileSchema compiles one of our own schemas, which may refer to itself alone.
func fileSchema(name string, text func() []byte) func() (*jsonschema.Schema, error) {
	return sync.OnceValues(func() (*jsonschema.Schema, error) {
		c := jsonschema.NewCompiler()
		c.LoadURL = func(address string) (io.ReadCloser, error) {
			return nil, fmt.Errorf("%s: only %s itself may be referred to", address, name)
		}
		if err := c.AddResource(name, bytes.NewReader(text())); err != nil {
			return nil, err
		}
		sch, err := c.Compile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return sch, nil
	})
}

// checkFile holds a file of a profile to its schema and names every mistake by
// its JSON pointer.
func checkFile(schema func() (*jsonschema.Schema, error), data []byte) error {
	sch, err := schema()
	if err != nil {
		return err
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
