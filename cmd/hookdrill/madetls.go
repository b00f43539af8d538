package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/receiver"
)

// madeTLS is a flag that says which certificate is made. It can stand alone, as
// a flag that is on or off.
type madeTLS struct{ kind receiver.TLSKind }

// kinds are the values, the one that stands for none given first.
func (m *madeTLS) kinds() []string {
	var names []string
	for _, kind := range receiver.TLSKinds() {
		names = append(names, string(kind))
	}
	return names
}

func (m *madeTLS) String() string { return string(m.kind) }
func (m *madeTLS) Type() string   { return "kind" }

func (m *madeTLS) Set(text string) error {
	switch {
	case text == "true":
		m.kind = receiver.TLSValid
	case text == "false":
		m.kind = ""
	case slices.Contains(m.kinds(), text):
		m.kind = receiver.TLSKind(text)
	default:
		return fmt.Errorf("there are %s", strings.Join(m.kinds(), ", "))
	}
	return nil
}
