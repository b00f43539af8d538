package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

// dialFault is a flag that says what our dialer does in place of connecting:
// "refused", or "first 2 refused".
type dialFault struct{ sender.DialFault }

func (d *dialFault) Type() string { return "fault" }

func (d *dialFault) String() string {
	if d.First > 0 {
		return fmt.Sprintf("first %d %s", d.First, d.Kind)
	}
	return string(d.Kind)
}

func (d *dialFault) Set(text string) error {
	words := strings.Fields(text)
	var first int
	if len(words) == 3 && words[0] == "first" {
		var err error
		if first, err = strconv.Atoi(words[1]); err != nil || first < 1 {
			return fmt.Errorf("%q after first: want a number of attempts", words[1])
		}
		words = words[2:]
	}
	kinds := dialFaultNames()
	if len(words) != 1 || !slices.Contains(kinds, words[0]) {
		return fmt.Errorf("there are %s, and first N before one of them", strings.Join(kinds, ", "))
	}
	d.DialFault = sender.DialFault{Kind: sender.DialFaultKind(words[0]), First: first}
	return nil
}

func dialFaultNames() (names []string) {
	for _, kind := range sender.DialFaultKinds() {
		names = append(names, string(kind))
	}
	return names
}
