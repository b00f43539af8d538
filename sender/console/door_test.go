package console_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestEveryFrontDoorHasTheOperationsOfItsAPI: none is missing, and none is there
// that no document names.
func TestEveryFrontDoorHasTheOperationsOfItsAPI(t *testing.T) {
	for _, ref := range schema.List() {
		p, err := schema.Open(ref.String())
		if err != nil {
			t.Fatal(err)
		}
		api, ok := p.API()
		if !ok {
			t.Errorf("%s has no API", ref)
			continue
		}
		var documented []string
		for _, o := range api.Operations {
			documented = append(documented, o.Name)
		}
		slices.Sort(documented)
		if diff := cmp.Diff(documented, console.Operations(api.Style)); diff != "" {
			t.Errorf("%s: operations mismatch (-documented +carried out):\n%s", ref, diff)
		}
	}
}
