package report

import (
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// titles remembers the platforms' names for sentences by profile.
type titles map[string]string

// of returns the platform's own name, "Flashduty"; the folder's name for a
// profile that is not embedded.
func (t titles) of(profile string) string {
	if name, ok := t[profile]; ok {
		return name
	}
	name, _, _ := strings.Cut(profile, "@")
	if p, err := schema.Open(profile); err == nil {
		name = p.Title()
	}
	t[profile] = name
	return name
}
