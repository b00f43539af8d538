package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/mail"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// board is the console of one platform, and what a person needs to call it.
type board struct {
	platform string // its name in the path
	registry *sender.Registry
	console  *console.Console
	incident console.Incident // the one to begin with
}

// fieldsToSet are the custom fields that the console's account defines, where the
// platform's API has some: it refuses others.
var fieldsToSet = []console.Field{
	{Name: "trace_url", Label: "Trace"},
	{Name: "runbook_url", Label: "Runbook"},
	{Name: "rolled_back", Label: "Rolled back", Type: "checkbox"},
}

// openBoard makes the console, with what was kept of it or with an incident of its
// own.
func (a *app) openBoard(c *consoling, d *desk, b *board) error {
	p := c.pressing
	p.apiURL, p.seed = d.base(b), d.kept.seed(b, c.seed)
	options, err := a.senderOptions(&p)
	if err != nil {
		return err
	}
	people, err := readPeople(c.users)
	if err != nil {
		return err
	}
	profile := b.registry.Profile()
	s := sender.New(b.registry, options...)
	if b.console, err = console.New(s, console.WithKey(d.key), console.WithFields(fieldsToSet...), console.WithPeople(people...)); err != nil {
		return usageError("--profile %s: %w", profile.Ref(), err)
	}
	if err := d.kept.restore(b); err != nil {
		return err
	}
	if list := b.console.Incidents(); len(list) > 0 {
		b.incident = list[0]
		return nil
	}
	made, err := newIncident(s, profile, nil)
	if err == nil {
		b.incident, err = b.console.Add(made, channelName)
	}
	return lookError(err)
}

// readPeople reads users, "NAME <ADDRESS>" or an address alone.
func readPeople(texts []string) ([]sender.Person, error) {
	var people []sender.Person
	for _, text := range texts {
		read, err := mail.ParseAddress(text)
		if err != nil {
			return nil, usageError("--user %s: want 'NAME <ADDRESS>', such as 'Kim Example <kim@example.com>'", text)
		}
		people = append(people, sender.Person{Name: cmp.Or(read.Name, read.Address), Email: read.Address})
	}
	return people, nil
}

// base is where the platform's API begins.
func (d *desk) base(b *board) string { return d.url + "/" + b.platform }

// boardDoc is a board for machines.
type boardDoc struct {
	Platform string      `json:"platform"`
	Profile  string      `json:"profile"`
	URL      string      `json:"url"`
	Key      string      `json:"key,omitempty"` // where it is the default one; else whoever gave it knows it
	Incident string      `json:"incident"`
	Buttons  []buttonDoc `json:"buttons"`
	Pages    []pageDoc   `json:"status_pages"`
	User     string      `json:"user,omitempty"` // the e-mail address of whose key it is, for a header From
}

type buttonDoc struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	URL   string `json:"url"`
}

type pageDoc struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (b *board) doc(d *desk) boardDoc {
	doc := boardDoc{
		Platform: b.platform, Profile: b.registry.Profile().Ref(), URL: d.base(b), User: b.console.User().Email, Incident: b.incident.ID,
		Buttons: []buttonDoc{}, Pages: []pageDoc{},
	}
	if d.known {
		doc.Key = d.key
	}
	for _, action := range b.console.Actions(b.incident.Channel) {
		id, _ := b.console.ActionID(action.Name) // an action that was removed meanwhile has none
		doc.Buttons = append(doc.Buttons, buttonDoc{id, action.Label, schema.RedactURL(action.URL)})
	}
	for _, page := range b.console.Pages() {
		doc.Pages = append(doc.Pages, pageDoc{page.ID, page.Name})
	}
	return doc
}

// tell says what a person needs, in a few lines.
func (b *board) tell(w io.Writer, d *desk) {
	doc := b.doc(d)
	row := func(name string, parts ...string) {
		fmt.Fprintf(w, "  %-12s %s\n", name, report.Clean(strings.Join(parts, "  ")))
	}
	fmt.Fprintf(w, "%s  %s\n", doc.Profile, report.Clean(doc.URL))
	row("key", cmp.Or(doc.Key, "the one of --key"))
	if doc.User != "" {
		row("user", b.console.User().Name, doc.User)
	}
	title, _ := b.incident.Values["title"].(string)
	row("incident", doc.Incident, title)
	for _, one := range doc.Buttons {
		row("button", one.ID, one.Label, one.URL)
	}
	for _, one := range doc.Pages {
		row("status page", one.ID, one.Name)
	}
	if call, ok := b.firstCall(d); ok {
		row("try", call)
	}
}

// firstCall is a curl command that reads the incident: the API's own facts say
// which operation does, and where the key stands.
func (b *board) firstCall(d *desk) (command string, ok bool) {
	api, _ := b.registry.Profile().API()
	var first struct {
		Operation string
		Path      map[string]string
		Query     map[string]string
		Header    map[string]string
		Body      json.RawMessage
	}
	fact, stated := api.Facts["first_call"]
	if !stated || json.Unmarshal(fact.Value, &first) != nil {
		return "", false
	}
	operation, found := api.Operation(first.Operation)
	if !found {
		return "", false
	}
	word := func(text string) string { return d.word(b, text) }
	target := d.base(b) + operation.Path
	for name, value := range first.Path {
		target = strings.ReplaceAll(target, "{"+name+"}", value)
	}
	join := "?"
	for _, name := range slices.Sorted(maps.Keys(first.Query)) {
		target += join + name + "=" + first.Query[name]
		join = "&"
	}
	words := []string{"curl -sS -X " + operation.Method, word(target)}
	for _, name := range slices.Sorted(maps.Keys(first.Header)) {
		words = append(words, "-H "+word(name+": "+first.Header[name]))
	}
	if first.Body != nil {
		words = append(words, "-H "+word("Content-Type: application/json"), "-d "+word(string(first.Body)))
	}
	return strings.Join(words, " "), true
}

// word fills in the incident and the key, and makes one word for a shell. A key
// that is a secret is a variable there, which --key has in the environment too.
func (d *desk) word(b *board, text string) string {
	text = strings.ReplaceAll(text, "{incident}", b.incident.ID)
	if d.known {
		return quote(strings.ReplaceAll(text, "{key}", d.key))
	}
	parts := strings.Split(text, "{key}")
	for i := range parts {
		if parts[i] != "" {
			parts[i] = quote(parts[i])
		}
	}
	return strings.Join(parts, `"$`+twin("key")+`"`)
}
