package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// known returns what texts may refer to now.
func (p *play) known() known { return known{p.urls, p.captured, p.consoleValue} }

// capture keeps what the step's captures name.
func (p *play) capture(ctx context.Context, s Step, before baseline, view *sight) error {
	for _, c := range s.Captures {
		if err := p.came(ctx, c.Entry, before.entries[c.Entry]); err != nil {
			return err
		}
		value, err := p.value(c, before, view)
		if err != nil {
			return fmt.Errorf("capture %s: %w", c.Name, err)
		}
		p.captured[c.Name] = value
	}
	return nil
}

// came waits until something has reached a mock since number from.
func (p *play) came(ctx context.Context, endpoint string, from int) error {
	if endpoint == "" {
		return nil
	}
	p.calm(ctx)
	idle, done := p.quiet(ctx)
	defer done()
	return p.until(ctx, DefaultWithin, 0, idle, func() bool { return p.watch.count(endpoint) > from })
}

// value finds what one capture names.
func (p *play) value(c Capture, before baseline, view *sight) (any, error) {
	if c.Entry != "" {
		return p.ofEntry(c, before.entries[c.Entry])
	}
	header, body, err := view.answered()
	switch {
	case c.EventID && len(view.pushes) > 0:
		return view.pushes[0].delivery.EventID, nil
	case err != nil:
		return nil, err
	case c.AnswerHeader != "":
		return first(header.Values(c.AnswerHeader), "header "+c.AnswerHeader+" of the answer")
	case c.Answer != nil:
		return pointed(body, *c.Answer, "the answer's body")
	default:
		return nil, fmt.Errorf("there is no event id: the step pushed nothing")
	}
}

// ofEntry finds it in the newest request at a mock since number from.
func (p *play) ofEntry(c Capture, from int) (any, error) {
	came := p.seen(c.Entry, from)
	if len(came) == 0 {
		return nil, fmt.Errorf("nothing has reached %s", c.Entry)
	}
	request := came[len(came)-1].Request
	switch {
	case c.Body != nil:
		return pointed(request.Body, *c.Body, "the request's body")
	case c.Header != "":
		return first(request.Header.Values(c.Header), "header "+c.Header+" of the request")
	case c.Query != "":
		return first(came[len(came)-1].query()[c.Query], "query parameter "+c.Query+" of the request")
	}
	name := c.Value
	if c.EventID {
		name = "event_id"
	}
	if value, ok := request.Values[name]; ok && value != nil {
		return value, nil
	}
	return nil, fmt.Errorf("the request has no %s", name)
}

// answered returns the answer to the step's own attempt or request.
func (s *sight) answered() (http.Header, []byte, error) {
	if s.answer != nil && s.answer.Status != 0 {
		return s.answer.Header, s.answer.Body, nil
	}
	for _, p := range s.pushes {
		if a, made := p.own(); made && a.Status != 0 {
			return a.Header, a.Body, nil
		}
	}
	return nil, nil, errors.New("there is no answer")
}

func first(values []string, what string) (any, error) {
	if len(values) == 0 {
		return nil, fmt.Errorf("there is no %s", what)
	}
	return strings.Join(values, ", "), nil
}

func pointed(body []byte, pointer, what string) (any, error) {
	value, err := decode(body)
	if err != nil {
		return nil, fmt.Errorf("%s is not JSON: %s", what, brief(string(body)))
	}
	found, ok := lookup(value, pointer)
	if !ok {
		return nil, fmt.Errorf("nothing at %q of %s", pointer, what)
	}
	return found, nil
}
