package console

import (
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// timeline keeps the newest entries, bounded by number and bytes. It is under its
// console's lock, but for what tell does.
type timeline struct {
	maxEntries, maxBytes int

	blocks  [][]record // each of blockSize but the last
	first   int        // of the first block, the entries that were dropped
	held    int
	bytes   int
	number  uint64 // of the newest entry
	dropped uint64
	by      *sender.Person // of the newest entry: who calls, calls again

	telling
}

// blockSize is how many entries are made room for at a time: a slice of all
// would be copied as it grows.
const blockSize = 256

func (t *timeline) limit(entries, bytes int) { t.maxEntries, t.maxBytes = entries, bytes }

// restart forgets all entries; the next has the number behind the given one.
func (t *timeline) restart(number, dropped uint64) {
	t.blocks, t.first, t.held, t.bytes = nil, 0, 0, 0
	t.number, t.dropped = number, dropped
}

// append holds e as the newest entry, and returns its number.
func (t *timeline) append(e Entry) uint64 {
	t.number++
	if n := len(t.blocks); n == 0 || len(t.blocks[n-1]) == blockSize {
		t.blocks = append(t.blocks, make([]record, 0, blockSize))
	}
	r := newRecord(e)
	if r.by != nil && t.by != nil && *r.by == *t.by {
		r.by = t.by
	}
	t.by = r.by
	last := len(t.blocks) - 1
	t.blocks[last] = append(t.blocks[last], r)
	t.held++
	t.bytes += r.size()
	for t.held > t.maxEntries || (t.bytes > t.maxBytes && t.held > 1) {
		t.drop()
	}
	return t.number
}

// drop forgets the oldest entry.
func (t *timeline) drop() {
	oldest := &t.blocks[0][t.first]
	t.bytes -= oldest.size()
	*oldest = record{}
	t.held--
	t.dropped++
	if t.first++; t.first == blockSize {
		t.blocks, t.first = slices.Delete(t.blocks, 0, 1), 0
	}
}

// oldest is the number of the oldest entry that is held.
func (t *timeline) oldest() uint64 { return t.number - uint64(t.held) + 1 }

// at returns the entry of that number; nil where it is not held.
func (t *timeline) at(number uint64) *record {
	if number < t.oldest() || number > t.number { // a stranger may ask for any
		return nil
	}
	place := int(number-t.oldest()) + t.first
	return &t.blocks[place/blockSize][place%blockSize]
}

// each calls f with the entries above a number, oldest first.
func (t *timeline) each(after uint64, f func(uint64, *record)) {
	for number := max(after+1, t.oldest()); number <= t.number; number++ {
		f(number, t.at(number))
	}
}

// kept are those of ascending numbers whose entries are held.
func (t *timeline) kept(numbers []uint64) []uint64 {
	from, _ := slices.BinarySearch(numbers, t.oldest())
	return numbers[from:]
}

// record is an entry as the timeline holds it: there may be hundreds of thousands.
type record struct {
	at       time.Time
	what     What
	incident string
	field    string
	text     string
	call     string
	reason   string
	by       *sender.Person // nil: nobody
	notes    []string
	detail   []detail
	delivery *sender.Delivery
	status   int
}

// detail is a member of an entry's Detail; a map takes ten times the room.
type detail struct {
	name  string
	value any
}

func newRecord(e Entry) record {
	r := record{
		at: e.At, what: e.What, incident: e.Incident, field: e.Field, text: e.Text, call: e.Call, reason: e.Reason,
		notes: e.Notes, delivery: e.Delivery, status: e.Status,
	}
	if e.By != (sender.Person{}) {
		by := e.By // or the record would keep all of e
		r.by = &by
	}
	if len(e.Detail) > 0 {
		r.detail = make([]detail, 0, len(e.Detail))
		for name, value := range e.Detail {
			r.detail = append(r.detail, detail{name, value})
		}
	}
	return r
}

// entry is r as data that shares nothing with r but its delivery, which nobody
// changes.
func (r *record) entry(number uint64) Entry {
	e := Entry{
		Number: number, At: r.at, What: r.what, Incident: r.incident, Field: r.field, Text: r.text, Call: r.call, Reason: r.reason,
		Notes: slices.Clone(r.notes), Delivery: r.delivery, Status: r.status,
	}
	if r.by != nil {
		e.By = *r.by
	}
	if len(r.detail) > 0 {
		e.Detail = make(map[string]any, len(r.detail))
		for _, d := range r.detail {
			e.Detail[d.name] = copied(d.value)
		}
	}
	return e
}

// size is about how many bytes of memory r holds.
func (r *record) size() int {
	const itself = 300
	size := itself + len(r.field) + len(r.text) + len(r.call) + len(r.reason)
	for _, note := range r.notes {
		size += len(note)
	}
	for _, d := range r.detail {
		const member = 48
		size += member + len(d.name) + room(d.value)
	}
	if r.delivery == nil {
		return size
	}
	if r.what == Pressed { // what followed shares the push
		size += 2 * len(r.delivery.Push.Body) // the bytes, and the neutral names of them
	}
	for _, a := range r.delivery.Attempts {
		const attempt = 1000
		size += attempt + len(a.Body)
		for name, values := range a.Header {
			for _, value := range values {
				size += len(name) + len(value)
			}
		}
	}
	return size
}
