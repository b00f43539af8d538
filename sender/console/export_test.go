package console

import (
	"maps"
	"slices"
)

// Operations are the names of the operations that the front door of that style
// carries out, sorted.
func Operations(style string) []string {
	d := doors[style]
	if d == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(d.operations))
}
