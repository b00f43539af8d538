package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// desk is the consoles behind one listener, each below its platform's name.
type desk struct {
	url    string // where it is reached, without a slash at the end
	host   string // in url
	under  string // the path in url, which who forwards to us may have cut off
	key    string
	known  bool // the key is the default one
	boards []*board
	hide   secrets
	lines  *follower[happening]
	record *recording
	kept   keptState
	guard  *http.CrossOriginProtection
}

// ServeHTTP lets the console of the path's first part answer. A base URL with a
// slash at its end makes clients send two.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.known && !ownHost(r) && !strings.EqualFold(r.Host, d.host) {
		d.turnAway(w, r, http.StatusMisdirectedRequest, "the Host header is not this console's: localhost, a loopback address with the port it listens on, or what --api-url says")
		return
	}
	if err := d.guard.Check(r); err != nil {
		d.turnAway(w, r, http.StatusForbidden, "a page of another origin asks for a change")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, d.under)
	for _, b := range d.boards {
		rest, found := strings.CutPrefix(path, "/"+b.platform)
		if !found || rest != "" && rest[0] != '/' {
			continue
		}
		at := *r.URL
		at.Path, at.RawPath = "/"+strings.TrimLeft(rest, "/"), ""
		inner := *r
		inner.URL = &at
		d.record.serve(b.platform, w, &inner, b.console.ServeHTTP)
		return
	}
	d.turnAway(w, r, http.StatusNotFound, "no platform is there; there are "+strings.Join(d.prefixes(), ", "))
}

// turnAway answers what no platform is asked.
func (d *desk) turnAway(w http.ResponseWriter, r *http.Request, status int, why string) {
	d.lines.take(happening{entry: console.Entry{
		At: time.Now(), What: console.Refused, Call: r.Method + " " + r.URL.Path, Status: status, Reason: why,
	}})
	d.record.serve("", w, r, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hookdrill: "+why, status) })
}

func (d *desk) prefixes() []string {
	var list []string
	for _, b := range d.boards {
		list = append(list, "/"+b.platform)
	}
	return list
}

// lastPushes is what pushes that are under way are given at the end.
const lastPushes = 5 * time.Second

// Close ends every console: what is being pushed is given a little time.
func (d *desk) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastPushes)
	defer cancel()
	var errs []error
	for _, b := range d.boards {
		if err := b.console.Idle(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			errs = append(errs, err)
		}
		b.console.Close()
	}
	return errors.Join(errs...)
}

// newDesk reads what the flags say of every platform's console. Nothing of it
// needs the port.
func (a *app) newDesk(c *consoling) (*desk, error) {
	d := &desk{known: !c.given("key"), guard: http.NewCrossOriginProtection()}
	keys, err := a.readSecrets("key", []string{c.accessKey})
	if err != nil {
		return nil, err
	}
	d.key = keys[0]
	hidden := []string{d.key}
	actions, err := c.buttons()
	if err != nil {
		return nil, err
	}
	for _, one := range actions {
		hidden = append(hidden, schema.SecretsIn(one.URL)...)
	}
	if len(c.profiles) == 0 {
		if c.profiles, err = a.withAPI(); err != nil {
			return nil, err
		}
	}
	for _, ref := range c.profiles {
		profile, err := a.openProfile(ref)
		if err != nil {
			return nil, err
		}
		b := &board{platform: profile.Platform(), registry: sender.NewRegistry(profile)}
		for _, other := range d.boards {
			if other.platform == b.platform {
				return nil, usageError("--profile %s: %s is there already, and both would be at /%s", ref, other.registry.Profile().Ref(), b.platform)
			}
		}
		for _, one := range actions {
			if err := b.registry.Add(one); err != nil {
				return nil, usageError("--action %s: %s: %w", one.Label, profile.Ref(), err)
			}
		}
		d.boards = append(d.boards, b)
		d.hide.registries = append(d.hide.registries, b.registry)
	}
	d.hide.given = hidden
	return d, nil
}

// withAPI are the platforms whose newest profile documents an API.
func (a *app) withAPI() ([]string, error) {
	refs, err := a.profileRefs()
	if err != nil {
		return nil, err
	}
	var list []string
	for i, ref := range refs { // sorted by platform and date
		if i+1 < len(refs) && refs[i+1].Platform == ref.Platform {
			continue
		}
		profile, err := a.openProfile(ref.String())
		if err != nil {
			return nil, err
		}
		if _, ok := profile.API(); ok {
			list = append(list, ref.String())
		}
	}
	return list, nil
}

// buttons are the actions of --action. The first is configured as press
// configures its own, so that the same seed gives the same bytes.
func (c *consoling) buttons() ([]sender.Action, error) {
	var list []sender.Action
	for _, one := range c.actions {
		label, target, found := strings.Cut(one, "=")
		if !found || label == "" || !strings.Contains(target, "://") {
			return nil, usageError("--action %s: want 'LABEL=URL', and a URL that begins with http:// or https://", report.Clean(label))
		}
		list = append(list, sender.Action{Name: buttonAt(len(list)), Label: label, URL: target, Channels: []string{channelName}})
	}
	return list, nil
}

// buttonAt is the name of the nth button, from 0.
func buttonAt(n int) string {
	if n == 0 {
		return buttonName
	}
	return fmt.Sprintf("%s %d", buttonName, n+1)
}

// open makes the consoles, now that it is known where they are.
func (a *app) open(c *consoling, d *desk, at string) error {
	d.url = strings.TrimSuffix(cmp.Or(c.apiURL, at), "/")
	base, err := url.Parse(d.url)
	if err != nil || base.Host == "" {
		return usageError("--api-url %s: want http:// or https:// and a host", schema.RedactURL(c.apiURL))
	}
	d.host, d.under = base.Host, base.Path
	if d.kept, err = readState(c.state); err != nil {
		return err
	}
	for _, b := range d.boards {
		if err := a.openBoard(c, d, b); err != nil {
			return err
		}
	}
	if err := d.store(); err != nil { // that it cannot be written is to be known now
		return err
	}
	if d.record, err = newRecording(c.record, d.url, d.hide); err != nil {
		return lookError(err)
	}
	d.lines = newFollower(func(one happening) { a.showHappening(c.format.value, d, one) })
	for _, b := range d.boards {
		b.console.Subscribe(func(e console.Entry) {
			d.record.delivery(b, e)
			d.lines.take(happening{b, e})
		})
	}
	return nil
}
