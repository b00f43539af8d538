package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// busy is a console on which something of everything has happened.
func busy(t testing.TB, w ways, sit func(setting) *seat, url string) *seat {
	t.Helper()
	s := sit(setting{url: url})
	other := s.add("warehouse")
	s.must(s.call(w.comment(s.incident, "the disk is full")))
	s.must(s.call(w.press(s.incident, s.action())))
	if err := s.console.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.must(s.call(w.resolve(other)))
	s.call("GET", "/no/such/thing", "")
	return s
}

func TestASnapshotIsReadAsItWasWritten(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		url := listening(t, func(http.ResponseWriter, *http.Request) {})
		first := busy(t, w, func(set setting) *seat { return sit(t, w, set) }, url)
		if err := first.registry.Add(sender.Action{Name: "more", URL: url + "/more", Headers: []sender.Header{{Name: "X-Team", Value: "shop"}}}); err != nil {
			t.Fatal(err)
		}
		written, err := first.console.State()
		if err != nil {
			t.Fatal(err)
		}
		second := sit(t, w, setting{url: url})
		if err := second.console.Load(written); err != nil {
			t.Fatal(err)
		}
		again, err := second.console.State()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(written), string(again)); diff != "" {
			t.Errorf("another snapshot (-written +read):\n%s", diff)
		}
		for n, e := range second.console.Timeline(console.Match{What: console.Delivered}) {
			if e.Delivery == nil || e.Delivery.Ended != sender.EndedDelivered || len(e.Delivery.Attempts) != 1 {
				t.Errorf("delivery %d is %+v", n, e.Delivery)
			}
		}
		// What comes after has ids and numbers of its own.
		second.must(second.call(w.comment(second.incident, "more")))
		i, _ := second.console.Incident(second.incident)
		if len(i.Comments) != 2 || i.Comments[0].ID == i.Comments[1].ID {
			t.Errorf("the comments are %+v", i.Comments)
		}
	})
}

func TestASnapshotHasNoSecrets(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{url: listening(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Set-Cookie", "id=hush-cookie") })})
		secret := sender.Action{
			Name: "quiet", URL: listening(t, func(http.ResponseWriter, *http.Request) {}) + "/?token=hush-token", Channels: []string{"shop"},
			Headers: []sender.Header{{Name: "Authorization", Value: "Bearer hush-header"}, {Name: "X-Team", Value: "shop"}},
		}
		if err := s.registry.Add(secret); err != nil {
			t.Fatal(err)
		}
		for _, action := range []string{"quiet", "restart"} {
			pending, err := s.console.Start(context.Background(), s.incident, sender.Press{Action: action})
			if err != nil {
				t.Fatal(err)
			}
			if d, err := pending.Wait(context.Background()); err != nil || !d.Delivered {
				t.Fatal(err, d.Last().Outcome)
			}
		}
		snapshot, err := s.console.State()
		if err != nil {
			t.Fatal(err)
		}
		if text := string(snapshot); strings.Contains(text, "hush") || !strings.Contains(text, `"left_out"`) {
			t.Errorf("the snapshot has a secret, or does not say that it has none:\n%s", text)
		}
		other := sit(t, w, setting{})
		if err := other.console.Load(snapshot); err != nil {
			t.Fatal(err)
		}
		if _, there := other.registry.Action("quiet"); there {
			t.Error("an action was made anew without its secrets")
		}
		entries := other.console.Timeline(console.Match{What: console.ActionDeleted})
		if len(entries) != 1 || !strings.Contains(entries[0].Text, "header Authorization") {
			t.Errorf("the timeline has %+v", entries)
		}
	})
}

func TestLoadSaysWhatIsWrongAndWhere(t *testing.T) {
	w := platforms["flashduty"]
	first := busy(t, w, func(set setting) *seat { return sit(t, w, set) }, "")
	good, err := first.console.State()
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, with string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("the snapshot has no %s", old)
		}
		return strings.Replace(string(good), old, with, 1)
	}
	for name, one := range map[string]struct{ snapshot, want string }{
		"nothing":                  {"", "line 1, column 1"},
		"no JSON":                  {"{\n  \"version\": 1,\n  oops}", "line 3, column 4"},
		"cut off":                  {string(good[:len(good)/2]), "unexpected EOF"},
		"something behind it":      {string(good) + "{}", "something follows"},
		"another version":          {replaced(`"version": 1`, `"version": 2`), "/version: found 2"},
		"another platform":         {replaced(`"profile": "flashduty@2026-05-27"`, `"profile": "pagerduty@2026-08-19"`), "/profile: found"},
		"a list for a text":        {replaced(`"id": "`+first.incident+`"`, `"id": []`), "incidents.id: found array"},
		"another id":               {replaced(`"id": "`+first.incident+`"`, `"id": "x"`), `/incidents/0/id: found "x"`},
		"a name that has no place": {replaced(`"values": {`, `"values": {"nonsense": 1,`), "/incidents/0/values"},
		"another status":           {replaced(`"status": "triggered",`, `"status": "resolved",`), "/incidents/0/status"},
		"a number that is missing": {replaced(`"number": 2,`, `"number": 9,`), "/timeline/1/number: found 9; want 2"},
		"numbers that run out":     {replaced(`"minted"`, `"number": 1, "minted"`), "/number: found 1"},
		"no page":                  {`{"version": 1, "profile": "flashduty@2026-05-27"}`, "/pages"},
		"an action that is none":   {replaced(`"url": "http://127.0.0.1:1/",`, `"url": "nowhere", "name": "bad",`), "/actions/0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sit(t, w, setting{})
			before, err := s.console.State()
			if err != nil {
				t.Fatal(err)
			}
			if err := s.console.Load([]byte(one.snapshot)); err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("error %v, want it to say %q", err, one.want)
			}
			if after, err := s.console.State(); err != nil || string(after) != string(before) {
				t.Errorf("the console is another:\n%s", cmp.Diff(string(before), string(after)))
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	w := platforms["flashduty"]
	profile, err := schema.Open(w.ref)
	if err != nil {
		f.Fatal(err)
	}
	c, err := console.New(sender.New(sender.NewRegistry(profile), sender.WithSeed(1)))
	if err != nil {
		f.Fatal(err)
	}
	good, err := c.State()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1,"profile":"flashduty@2026-05-27","pages":[{"id":"a"}],"incidents":[{"id":"a","values":{"incident":"a"}}]}`))
	f.Add([]byte(`{"version":1,"profile":"flashduty@","pages":[{"id":"a"}],"timeline":[{"number":1}],"number":1}`))
	f.Fuzz(func(t *testing.T, snapshot []byte) {
		if err := c.Load(snapshot); err != nil {
			return
		}
		written, err := c.State()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Load(written); err != nil {
			t.Errorf("what was written is not read: %v", err)
		}
	})
}
