package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/spf13/cobra"
)

// dialerLayer is where faults are that no endpoint can have.
const dialerLayer = "dialer"

// faultDoc is a fault for machines, one of the endpoint's or of our dialer's.
type faultDoc struct {
	heading
	Name     string    `json:"name"`
	Layer    string    `json:"layer"`
	Does     string    `json:"does"`
	Behavior string    `json:"behavior,omitempty"`
	TLS      string    `json:"tls,omitempty"`
	Bytes    string    `json:"bytes,omitempty"`
	Ends     string    `json:"ends,omitempty"`
	Attempt  []seenDoc `json:"attempt"`
}

type seenDoc struct {
	Profile string `json:"profile,omitempty"`
	Kind    string `json:"kind"`
	Phase   string `json:"phase"`
}

// allFaults are those of the endpoint and those of our dialer, sorted by name.
func allFaults() []faultDoc {
	var list []faultDoc
	for _, f := range receiver.Faults() {
		doc := faultDoc{Name: f.Name, Layer: string(f.Layer), Does: f.Does, Behavior: f.Behavior, TLS: string(f.TLS), Bytes: f.Bytes, Ends: f.Ends}
		for _, s := range f.Seen {
			doc.Attempt = append(doc.Attempt, seenDoc(s))
		}
		list = append(list, doc)
	}
	for _, f := range sender.DialFaults() {
		list = append(list, faultDoc{
			Name: string(f.Kind), Layer: dialerLayer, Does: "Our own dialer " + f.Does + ".",
			Attempt: []seenDoc{{Kind: string(f.Outcome.Kind), Phase: string(f.Outcome.Phase)}},
		})
	}
	slices.SortFunc(list, func(a, b faultDoc) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (a *app) faultsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "faults [NAME]",
		Short: "List what can go wrong with an endpoint, and what an attempt then says",
		Long: `List the faults that an endpoint can be told to have, in receive --behavior, in a
story, and in the middle of one; with a NAME, how it is asked for, its bytes on the
wire, and what the platform's attempt says with a deadline of 500 ms. A * stands
where that depends on the platform.`,
		Example: `  hookdrill faults
  hookdrill faults chunk_size
  hookdrill receive --profile pagerduty --behavior 'first 2 fault chunk_size then status 200'
  hookdrill receive --profile flashduty --behavior 'chance 10% fault reset else status 200' --seed 7`,
		Args: cobra.MaximumNArgs(1),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		list := allFaults()
		if len(args) == 0 {
			return a.faultList(list, format.value, faultDoc.line)
		}
		at := slices.IndexFunc(list, func(f faultDoc) bool { return f.Name == args[0] })
		if at < 0 {
			var names []string
			for _, f := range list {
				names = append(names, f.Name)
			}
			return usageError("no fault %q%s", args[0], didYouMean("", args[0], names))
		}
		return a.faultList(list[at:at+1], format.value, faultDoc.text)
	}
	return cmd
}

func (a *app) faultList(list []faultDoc, format string, line func(faultDoc) string) error {
	return writeList(a.stdout, format, "fault", list, line,
		func(f faultDoc, h heading) any { f.heading = h; return f },
		func(docs []any) any {
			return struct {
				heading
				Faults []any `json:"faults"`
			}{heading{report.Version, "faults"}, docs}
		})
}

// line is a fault in a list.
func (f faultDoc) line() string {
	return fmt.Sprintf("%-22s  %-10s  %-29s  %s", f.Name, f.Layer, f.seen(), f.Does)
}

// seen is what attempts say of it, in brief.
func (f faultDoc) seen() string {
	s := f.Attempt[len(f.Attempt)-1]
	text := s.Kind + " in " + s.Phase
	if len(f.Attempt) > 1 {
		text += " *"
	}
	return text
}

// text is a fault by itself.
func (f faultDoc) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Does)
	for _, one := range f.rows() {
		fmt.Fprintf(&b, "  %-12s %s\n", one[0], one[1])
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// rows are what there is to know of it, each with its name.
func (f faultDoc) rows() (rows [][2]string) {
	add := func(name, text string) { rows = append(rows, [2]string{name, text}) }
	switch {
	case f.Layer == dialerLayer:
		add("asked for", "press --fault "+f.Name+", or in a story: {press: {action: NAME, fault: "+f.Name+"}}")
	case f.Behavior != "":
		add("behavior", f.Behavior+", or: fault "+f.Name)
	}
	if f.TLS != "" {
		add("tls", f.TLS)
	}
	if f.Ends != "" {
		for i, one := range f.written() {
			add(map[bool]string{true: "bytes"}[i == 0], one)
		}
		add("connection", f.Ends)
	}
	for _, s := range f.Attempt {
		who := s.Profile
		if who == "" && len(f.Attempt) > 1 {
			who = "others"
		}
		if who != "" {
			who += ": "
		}
		within := ""
		if s.Kind == string(sender.Timeout) { // a longer one may see an answer
			within = ", with a deadline of " + report.Duration(receiver.SeenWithin)
		}
		add("attempt", who+s.Kind+" in "+s.Phase+within)
	}
	return rows
}

// written are the lines of what goes on the wire, escaped.
func (f faultDoc) written() (lines []string) {
	for _, one := range strings.SplitAfter(f.Bytes, "\r\n") {
		if one != "" {
			quoted := strconv.Quote(one)
			lines = append(lines, quoted[1:len(quoted)-1])
		}
	}
	if len(lines) == 0 {
		return []string{"none"}
	}
	return lines
}
