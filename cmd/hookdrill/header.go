package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// headers are what --header and --require-header say. A value that begins with @
// stands in a file, and so may whole headers, so that secrets stay out of the
// shell's history: what comes from a file is never shown.
type headers struct {
	list   []sender.Header
	secret []string // names of those whose values came from a file
	hidden []string // secrets that stand in no header
}

func (a *app) readHeaders(flags []string) (headers, error) {
	var h headers
	for _, one := range flags {
		var err error
		if file, found := strings.CutPrefix(one, "@"); found {
			err = a.headersFile(&h, file)
		} else {
			err = a.headerFlag(&h, one)
		}
		if err != nil {
			return h, err
		}
	}
	return h, nil
}

// headersFile reads a file with a header a line.
func (a *app) headersFile(h *headers, file string) error {
	text, err := a.readFile(file)
	if err != nil {
		return fmt.Errorf("--header: %w", err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		header, err := readHeader(strings.TrimRight(line, "\r"))
		if err != nil {
			return err
		}
		h.list, h.secret = append(h.list, header), append(h.secret, header.Name)
	}
	return nil
}

// headerFlag reads 'NAME: VALUE' or 'NAME: @FILE'.
func (a *app) headerFlag(h *headers, text string) error {
	header, err := readHeader(text)
	if err != nil {
		return err
	}
	if file, found := strings.CutPrefix(header.Value, "@"); found {
		value, err := a.readFile(file)
		if err != nil {
			return fmt.Errorf("--header %s: %w", header.Name, err)
		}
		header.Value = strings.TrimSpace(string(value))
		h.secret = append(h.secret, header.Name)
	}
	h.list = append(h.list, header)
	return nil
}

func readHeader(text string) (sender.Header, error) {
	name, value, found := strings.Cut(text, ":")
	if !found || name == "" {
		return sender.Header{}, usageError("--header: want 'NAME: VALUE' or @FILE")
	}
	return sender.Header{Name: name, Value: strings.TrimSpace(value)}, nil
}

// readSecrets reads repeated flags that each hold a secret, or @FILE with one.
func (a *app) readSecrets(flag string, flags []string) ([]string, error) {
	var list []string
	for _, one := range flags {
		if file, found := strings.CutPrefix(one, "@"); found {
			text, err := a.readFile(file)
			if err != nil {
				return nil, fmt.Errorf("--%s: %w", flag, err)
			}
			one = strings.TrimSpace(string(text))
		}
		if one == "" {
			return nil, usageError("--%s: the secret is empty", flag)
		}
		list = append(list, one)
	}
	return list, nil
}

// minSecret is the length from which a secret is looked for in what comes back:
// a shorter one would take harmless text with it.
const minSecret = 4

// cleaner takes the values of secret headers out of what came back: an endpoint
// may write into its answer what it was sent, or the credentials alone behind the
// scheme of an Authorization. It is nil where there is no secret.
func (h headers) cleaner() func(string) string {
	given := slices.Clone(h.hidden)
	for _, one := range h.list {
		if !schema.SecretHeader(one.Name, h.secret...) {
			continue
		}
		given = append(given, one.Value)
		if _, credentials, found := strings.Cut(one.Value, " "); found && strings.EqualFold(one.Name, "Authorization") {
			given = append(given, strings.TrimSpace(credentials))
		}
	}
	known := secrets{given: given}
	if len(known.list()) == 0 {
		return nil
	}
	return known.text
}

// conceal cleans what came back of a press.
func (h headers) conceal(d sender.Delivery) sender.Delivery {
	clean := h.cleaner()
	if clean == nil {
		return d
	}
	d.Attempts = append([]sender.Attempt{}, d.Attempts...)
	for i := range d.Attempts {
		a := &d.Attempts[i]
		a.Body, a.Error, a.GoText = []byte(clean(string(a.Body))), clean(a.Error), clean(a.GoText)
		a.Notes = slices.Clone(a.Notes)
		for j := range a.Notes { // where a redirect leads
			a.Notes[j] = clean(a.Notes[j])
		}
		a.Header = a.Header.Clone()
		for _, values := range a.Header {
			for j := range values {
				values[j] = clean(values[j])
			}
		}
	}
	return d
}
