package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender/console"
)

// office is what a step saw of the story's console.
type office struct {
	began    time.Time         // the step, in platform time
	incident console.Incident  // as it stands
	page     console.Page      // the status page, as it stands
	told     []Told            // since the step began, of every platform's console
	newest   map[string]uint64 // endpoint -> the order of its newest request since the story began
}

// own returns what was told of the story's own platform.
func (o *office) own() []Told {
	return slices.DeleteFunc(slices.Clone(o.told), func(t Told) bool { return t.Elsewhere })
}

// console judges what e says of the console.
func (j *judgment) console(e Expectation, o *office) {
	if !e.ofConsole() || o == nil {
		return
	}
	if e.Incident != nil {
		j.incident(*e.Incident, o)
	}
	j.timeline(e.Timeline, o)
	if e.Page != nil {
		j.page(*e.Page, o)
	}
	if want := e.RefusedCalls; want != nil {
		came := refusals(o.told)
		j.check(len(came) == *want, "expect.refused", e.line("refused"), "refused: %d, want %d%s", len(came), *want, strings.ReplaceAll(listed("; ", came), "refused ", ""))
	}
}

// incident judges the incident as it stands.
func (j *judgment) incident(e IncidentExpectation, o *office) {
	also := refusedToo(o.told)
	i := o.incident
	for _, one := range []struct{ name, want string }{{"status", e.Status}, {"title", e.Title}, {"severity", e.Severity}} {
		if one.want == "" {
			continue
		}
		got, _ := i.Values[one.name].(string)
		if one.name == "title" {
			j.check(got == one.want, "expect.incident.title", e.Line, "incident: title %s, want %s%s", compact(got), compact(one.want), also)
			continue
		}
		j.check(strings.EqualFold(got, one.want), "expect.incident."+one.name, e.Line, "incident: %s %s, want %s%s", one.name, none(got), one.want, also)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		got, there := i.Fields[name]
		found, want := absent, absent
		if there && got != nil {
			found = compact(got)
		}
		if e.Fields[name] != nil {
			want = compact(e.Fields[name])
		}
		met := found == want || found != absent && want != absent && len(differences(plainJSON(got), e.Fields[name])) == 0
		j.check(met, "expect.incident.fields", e.Line, "incident: field %s %s, want %s%s", name, found, want, also)
	}
	for _, text := range e.Comments {
		met := slices.ContainsFunc(i.Comments, func(c console.Comment) bool { return strings.Contains(c.Text, text) })
		j.check(met, "expect.incident.comment", e.Line, "incident: no comment that contains %s; it has %s%s", compact(text), comments(i), also)
	}
}

// comments lists the comments of an incident.
func comments(i console.Incident) string {
	var list []string
	for _, c := range i.Comments {
		list = append(list, brief(c.Text))
	}
	return none(strings.Join(list, ", "))
}

// timeline judges a list of entries, each of which comes behind the one before it.
func (j *judgment) timeline(list []TimelineExpectation, o *office) {
	told := o.own()
	from, behind := 0, ""
	for i, e := range list {
		what := fmt.Sprintf("expect.timeline[%d]", i)
		if e.Count != nil {
			n := 0
			for _, t := range told {
				if e.chooses(t.Entry) && e.late(t, o) == "" {
					n++
				}
			}
			j.check(n == *e.Count, what+".count", e.Line, "timeline: %s %s, want %d%s", counted(n), e.kind(), *e.Count, e.others(told, o))
			continue
		}
		at, why := e.find(told, from, behind, o)
		j.check(why == "", what, e.Line, "timeline: %s", why)
		if why == "" {
			from, behind = at+1, e.kind()
		}
	}
}

// find returns the first entry from number from that is as e says, or why there is
// none.
func (t TimelineExpectation) find(told []Told, from int, behind string, o *office) (at int, why string) {
	for i, one := range told {
		switch {
		case !t.chooses(one.Entry):
		case i < from:
			why = fmt.Sprintf("%s came before %s, want it behind", t.kind(), behind)
		default:
			if late := t.late(one, o); late != "" {
				why = late
				continue
			}
			return i, ""
		}
	}
	if why == "" {
		why = "no " + t.kind() + t.others(told, o)
	}
	return 0, why
}

// late says why an entry that t chooses came at the wrong time; "" when it did not.
func (t TimelineExpectation) late(one Told, o *office) string {
	if t.After != "" {
		switch newest, came := o.newest[t.After]; {
		case !came:
			return fmt.Sprintf("%s, and no request came to %s before it", t.kind(), t.After)
		case one.order < newest:
			return fmt.Sprintf("%s came before the newest request at %s, want it behind", t.kind(), t.After)
		}
	}
	if took := one.At.Sub(o.began); t.Within > 0 && took > t.Within {
		return fmt.Sprintf("%s after %s, want it within %s", t.kind(), human(took.Round(time.Millisecond)), human(t.Within))
	}
	return ""
}

// maxListed is how many entries one sentence lists.
const maxListed = 4

// others lists what came in place of what t is about: calls and what they did, not
// the press that set them off.
func (t TimelineExpectation) others(told []Told, o *office) string {
	var came []Told
	for _, one := range told {
		if !t.chooses(one.Entry) && !slices.Contains([]console.What{console.Created, console.Pressed, console.Delivered}, one.What) {
			came = append(came, one)
		}
	}
	for _, one := range o.told {
		if one.Elsewhere && one.refused() {
			came = append(came, one)
		}
	}
	if len(came) == 0 && !slices.ContainsFunc(told, func(one Told) bool { return t.chooses(one.Entry) }) {
		return "; nothing else came"
	}
	return listed("; came ", came)
}

// listed writes entries behind the words before, "" when there are none: each once,
// with how often it came.
func listed(before string, came []Told) string {
	var texts []string
	times := map[string]int{}
	for _, t := range came {
		text := t.brief()
		if t.Elsewhere {
			text = t.Platform + " " + text
		}
		if times[text]++; times[text] == 1 {
			texts = append(texts, text)
		}
	}
	if texts == nil {
		return ""
	}
	more := len(texts) - maxListed
	for i, text := range texts {
		if n := times[text]; n > 1 {
			texts[i] = counted(n) + " " + text
		}
	}
	if more > 0 {
		texts = append(texts[:maxListed], fmt.Sprintf("and %d more", more))
	}
	return before + strings.Join(texts, ", ")
}

// refusedToo says which calls were refused, whose reasons the report tells.
func refusedToo(told []Told) string {
	var calls []string
	for _, t := range refusals(told) {
		calls = append(calls, fmt.Sprintf("%s (%d)", t.Call, t.Status))
	}
	if calls == nil {
		return ""
	}
	return "; refused " + strings.Join(slices.Compact(calls), ", ")
}

// page judges the status page.
func (j *judgment) page(e PageExpectation, o *office) {
	also := refusedToo(o.told)
	var newest console.Event
	if n := len(o.page.Events); n > 0 {
		newest = o.page.Events[n-1]
	}
	for _, one := range []struct{ name, want, got string }{{"title", e.Title, newest.Title}, {"status", e.Status, newest.Status}} {
		switch {
		case one.want == "":
		case newest.ID == "":
			j.check(false, "expect.page."+one.name, e.Line, "page: no event, want one with %s %s%s", one.name, compact(one.want), also)
		default:
			j.check(one.got == one.want, "expect.page."+one.name, e.Line, "page: %s %s, want %s%s", one.name, none(one.got), one.want, also)
		}
	}
	for _, c := range o.page.Components {
		if e.All != "" {
			j.check(c.Status == e.All, "expect.page.components", e.Line, "page: component %s %s, want %s%s", c.Name, none(c.Status), e.All, also)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Components)) {
		at := slices.IndexFunc(o.page.Components, func(c console.Component) bool { return c.Name == name || c.ID == name })
		if at < 0 {
			j.check(false, "expect.page.components", e.Line, "page: no component %s; it has %s", name, strings.Join(componentNames(o.page), ", "))
			continue
		}
		c := o.page.Components[at]
		j.check(c.Status == e.Components[name], "expect.page.components", e.Line, "page: component %s %s, want %s%s", name, none(c.Status), e.Components[name], also)
	}
}

func componentNames(p console.Page) []string {
	var names []string
	for _, c := range p.Components {
		names = append(names, c.Name)
	}
	return names
}

// ofConsole reports whether e says something of the console.
func (e *Expectation) ofConsole() bool {
	return e != nil && (e.Incident != nil || e.Timeline != nil || e.Page != nil || e.RefusedCalls != nil)
}

// looks reports whether e is about what comes while the step goes on.
func (e *Expectation) looks() bool { return e != nil && (len(e.Entries) > 0 || e.ofConsole()) }

// patience is how long what e is about may take.
func (e *Expectation) patience() time.Duration {
	d := e.Within
	for _, t := range e.Timeline {
		d = max(d, t.Within)
	}
	return d
}

// plainJSON is a value as encoding/json gives it.
func plainJSON(value any) any {
	v, err := decode([]byte(compact(value)))
	if err != nil {
		return value
	}
	return v
}

// waives reports whether e says itself which calls the console refuses.
func (e *Expectation) waives() bool {
	return e != nil && (e.RefusedCalls != nil || slices.ContainsFunc(e.Timeline, func(t TimelineExpectation) bool {
		return t.What == string(console.Refused)
	}))
}

// refusedNote says which calls were refused that no step expects; "" when none was.
func refusedNote(refused []Told) string {
	if len(refused) == 0 {
		return ""
	}
	calls := "1 call"
	if n := len(refused); n > 1 {
		calls = fmt.Sprintf("%d calls", n)
	}
	return "console refused " + calls + ": " + strings.ReplaceAll(listed("", refused), "refused ", "")
}
