package main

import (
	"errors"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/receiver/inspector"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
)

// seat is the endpoint that receive plays: one receiver, or with an admin API
// one for each namespace.
type seat struct {
	endpoint receiver.Endpoint
	root     *receiver.Receiver
	lines    *follower[receiver.Entry]

	namespaces *receiver.Namespaces
	allow      func(receiver.Behavior) error
	admin      *receiver.Server
	inspector  *inspector.Inspector
}

// seat makes the endpoint; each of its requests is shown.
func (a *app) seat(r *receiving, p *schema.Profile, options func() []receiver.Option) *seat {
	first := receiver.New(p, options()...)
	s := &seat{root: first, endpoint: first, allow: r.mayBe}
	secret := first.SecretHeaders()
	s.lines = newFollower(func(e receiver.Entry) {
		// An outlet's writes do not fail.
		if r.format.value == "text" {
			_ = report.EntryText(a.stdout, e)
			return
		}
		_ = report.EntryJSON(a.stdout, e, secret...)
	})
	followJournal(s.lines, first.Journal())
	if r.admin == "" {
		return s
	}
	s.namespaces = receiver.NewNamespaces(0, func(name string) *receiver.Receiver {
		if name == "" {
			return first
		}
		one := receiver.New(p, options()...)
		followJournal(s.lines, one.Journal())
		return one
	})
	s.endpoint = s.namespaces
	return s
}

// startAdmin serves the admin API on addr and returns its URL; "" for none.
func (s *seat) startAdmin(addr string) (url string, err error) {
	if addr == "" {
		return "", nil
	}
	s.inspector = inspector.New(s.namespaces, inspector.WithAllow(s.allow))
	if s.admin, err = s.inspector.Serve(addr); err != nil {
		return "", err
	}
	return s.admin.URL(), nil
}

// Close ends everything but the lines. It may be called twice.
func (s *seat) Close() error {
	var errs []error
	if s.inspector != nil {
		errs = append(errs, s.inspector.Close())
	}
	if s.admin != nil {
		errs = append(errs, s.admin.Close())
		s.admin = nil
	}
	return errors.Join(append(errs, s.endpoint.Close())...)
}
