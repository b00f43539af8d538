package console

import (
	"cmp"
	"encoding/json"

	"github.com/hookdrill/hookdrill/schema"
)

// Bounds say how much a console holds at most: whoever calls may call without
// end. It is data; 0 is the default, which stands behind each. Bytes are about
// those of memory.
type Bounds struct {
	Incidents     int // 10,000; the oldest that is resolved makes room for a new one, or else the oldest
	IncidentBytes int // 256 MiB for all of them; room is made as for Incidents
	Comments      int // 10,000 of one incident; the oldest make room. A platform's own limit comes before, and refuses
	Events        int // 1,000 of one status page, and updates of one event; the oldest make room
	ItemBytes     int // 16 MiB for one incident or one status page; a call that adds more is refused as too large
	Entries       int // 250,000 on the timeline; the oldest make room
	EntryBytes    int // 128 MiB for all of them, bodies of pushes too; the oldest make room
}

// WithBounds sets what the console holds at most.
func WithBounds(b Bounds) Option { return func(s *settings) { s.bounds = b } }

// orDefault is b with the defaults in place of what is not more than 0.
func (b Bounds) orDefault() Bounds {
	or := func(n, by int) int { return cmp.Or(max(0, n), by) }
	return Bounds{
		Incidents: or(b.Incidents, 10_000), IncidentBytes: or(b.IncidentBytes, 256<<20), Comments: or(b.Comments, 10_000), Events: or(b.Events, 1_000),
		ItemBytes: or(b.ItemBytes, 16<<20), Entries: or(b.Entries, 250_000), EntryBytes: or(b.EntryBytes, 128<<20),
	}
}

// fits refuses what would make an incident or a status page too large. What has
// become smaller fits.
func (k *call) fits(what string, before, after int) *refusal {
	if most := k.console.settings.bounds.ItemBytes; after > max(most, before) {
		return k.refuse(tooLarge, "%s would take about %d bytes; a console keeps at most %d of one", what, after, most)
	}
	return nil
}

// room is about how many bytes of memory a value of JSON takes.
func room(value any) int {
	const (
		head   = 16 // of an interface or a text
		member = 48 // of a map, with its name's head
	)
	size := head
	switch v := value.(type) {
	case string:
		size += head + len(v)
	case json.Number:
		size += head + len(v)
	case schema.Values:
		return room(map[string]any(v))
	case map[string]any:
		for name, below := range v {
			size += member + len(name) + room(below)
		}
	case []any:
		for _, below := range v {
			size += room(below)
		}
	}
	return size
}

// room is about how many bytes of memory i takes.
func (i *Incident) room() int {
	const itself, comment = 400, 160
	size := itself + room(i.Values)
	if i.Values[nameFields] == nil {
		size += room(i.Fields)
	}
	for _, c := range i.Comments {
		size += comment + len(c.Text)
	}
	return size
}

// room is about how many bytes of memory p takes.
func (p *Page) room() int {
	const event, update, component = 300, 200, 64
	size := 0
	for _, e := range p.Events {
		size += event + len(e.Title) + len(e.Text) + component*len(e.Components) + room(e.Detail)
		for _, u := range e.Updates {
			size += update + len(u.Text) + component*len(u.Components) + room(u.Detail)
		}
	}
	return size
}
