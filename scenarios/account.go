package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// account is one account on one platform while a story is told: its console, and
// where that listens.
type account struct {
	platform string
	url      string
	listener net.Listener // until the server has taken it
	console  *console.Console
	incident string // the id of the story's; "" where it has none
	server   *http.Server
	served   chan struct{} // closed once server serves no more
	unwatch  func()
}

// The limits of a console's server: an endpoint's calls come nowhere near them.
const (
	consoleHeaderWithin = 10 * time.Second
	consoleReadWithin   = 30 * time.Second
	consoleMaxHeader    = 64 << 10
)

// consoles says which consoles the story needs: its own platform's, and others by
// name. must says that it cannot be told without its own.
func (p *play) consoles() (own, must bool, others []string) {
	for _, e := range p.stage.Endpoints {
		own = own || e.real() // it may follow the links of a body
	}
	must = p.stage.Console.Listen != ""
	for _, names := range []map[string]bool{p.scenario.consoles, p.stage.consoles} {
		for name := range names {
			if name == "" || name == p.profile.Platform() {
				must = true
			} else {
				others = append(others, name)
			}
		}
	}
	for _, step := range p.scenario.all() {
		must = must || step.Expect.ofConsole() || step.Effects != nil && slices.ContainsFunc(step.Effects.Counts, func(c EffectCount) bool {
			return p.stage.Effects[c.Name].Timeline != nil
		})
	}
	slices.Sort(others)
	return own || must, must, slices.Compact(others)
}

// listen finds out which consoles the story needs and takes a port for each.
func (p *play) listen(open func(addr string) (net.Listener, error)) error {
	own, must, others := p.consoles()
	if own && !must { // a platform that no console plays gives a real endpoint no links that lead here
		_, err := console.New(sender.New(sender.NewRegistry(p.profile)))
		own = !errors.Is(err, console.ErrNoAPI)
	}
	if own {
		if err := p.listenFor(p.profile.Platform(), p.stage.Console, open); err != nil {
			return err
		}
		p.own = p.accounts[0]
	}
	for _, platform := range others {
		if err := p.listenFor(platform, ConsoleSettings{}, open); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) listenFor(platform string, s ConsoleSettings, open func(addr string) (net.Listener, error)) error {
	listener, err := open(cmp.Or(s.Listen, freePort))
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	url := cmp.Or(s.URL, "http://"+listener.Addr().String())
	p.accounts = append(p.accounts, &account{platform: platform, url: strings.TrimSuffix(url, "/"), listener: listener})
	return nil
}

// openConsoles puts the consoles behind their ports: the story's own over its
// sender and with its incident, the others empty.
func (p *play) openConsoles(o opening) error {
	for _, a := range p.accounts {
		s, elsewhere := p.sender, a != p.own
		if elsewhere {
			profile, err := o.profiles(a.platform)
			if err != nil {
				return fmt.Errorf("console of %s: %w", a.platform, err)
			}
			s = sender.New(sender.NewRegistry(profile), sender.WithSeed(o.seed), sender.WithClock(p.clock), sender.WithAPIURL(a.url),
				sender.WithLogger(o.logger), sender.WithNetwork(o.network), sender.WithGuard(p.guard(profile)))
		}
		var options []console.Option
		if !elsewhere {
			options = append(options, console.WithFields(p.stage.Console.Fields...))
		}
		if err := a.open(p, s, options); err != nil {
			return err // which names the console
		}
	}
	if p.own == nil {
		return nil
	}
	added, err := p.own.console.Add(p.incident, "")
	if err != nil {
		return fmt.Errorf("console of %s: %w", p.own.platform, err)
	}
	p.own.incident = added.ID
	return nil
}

// open makes the console and serves it.
func (a *account) open(p *play, s *sender.Sender, options []console.Option) (err error) {
	if a.console, err = console.New(s, options...); err != nil {
		return err
	}
	elsewhere := a != p.own
	a.unwatch = a.console.Subscribe(func(e console.Entry) {
		p.watch.hear(Told{Platform: a.platform, Elsewhere: elsewhere, Entry: e})
	})
	a.server = &http.Server{
		Handler: a.console, ReadHeaderTimeout: consoleHeaderWithin, ReadTimeout: consoleReadWithin, MaxHeaderBytes: consoleMaxHeader,
		ErrorLog: log.New(io.Discard, "", 0), BaseContext: func(net.Listener) context.Context { return p.life },
	}
	server, listener, served := a.server, a.listener, make(chan struct{})
	a.listener, a.served = nil, served // the server closes the listener from now on
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	return nil
}

// close ends the console, what calls have pressed included, once no call is being
// answered. It may be called again.
func (a *account) close() {
	if a.server != nil {
		a.server.Close() // ends the contexts of the calls
		<-a.served
		a.console.Close()
		a.unwatch()
		a.server = nil
	}
	if a.listener != nil {
		a.listener.Close()
		a.listener = nil
	}
}

// start presses a button: through the console where there is one, so that the
// incident is pressed as calls have left it. The first attempt of who presses alone
// is made here, and ends when ctx does.
func (p *play) start(ctx context.Context, press sender.Press, alone bool) (*sender.Pending, error) {
	switch {
	case p.own != nil:
		return p.own.console.Start(p.life, p.own.incident, press)
	case !alone:
		return p.sender.Start(p.life, press)
	}
	life, end := context.WithCancel(p.life)
	off := context.AfterFunc(ctx, end)
	defer off()
	pending, err := p.sender.Begin(life, press)
	if err != nil {
		end()
		return nil, err
	}
	pending.Watch(func(sender.Delivery, error) { end() })
	return pending, nil
}

// office looks at the story's console.
func (p *play) office(began time.Time, from int) *office {
	o := &office{began: began, told: p.watch.heard(from), newest: p.watch.newest()}
	if p.own != nil {
		o.incident, _ = p.own.console.Incident(p.own.incident)
		if pages := p.own.console.Pages(); len(pages) > 0 {
			o.page = pages[0]
		}
	}
	return o
}

// consoleURLs adds the console of the story to the URLs of its endpoints.
func (p *play) consoleURLs() map[string]string {
	urls := maps.Clone(p.urls)
	if _, taken := urls[consoleName]; p.own != nil && !taken {
		urls[consoleName] = p.own.url
	}
	return urls
}

// consoleName is the name of the console among the URLs of endpoints.
const consoleName = "console"
