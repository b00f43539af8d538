package main

import (
	"fmt"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

// readHeaders reads the headers of --header. A value that begins with @ stands
// in a file, and so may whole headers, so that secrets stay out of the shell's
// history.
func (a *app) readHeaders(list []string) ([]sender.Header, error) {
	var out []sender.Header
	for _, one := range list {
		if file, found := strings.CutPrefix(one, "@"); found {
			text, err := a.readFile(file)
			if err != nil {
				return nil, fmt.Errorf("--header: %w", err)
			}
			for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
				header, err := readHeader(strings.TrimRight(line, "\r"))
				if err != nil {
					return nil, err
				}
				out = append(out, header)
			}
			continue
		}
		header, err := readHeader(one)
		if err != nil {
			return nil, err
		}
		if file, found := strings.CutPrefix(header.Value, "@"); found {
			text, err := a.readFile(file)
			if err != nil {
				return nil, fmt.Errorf("--header %s: %w", header.Name, err)
			}
			header.Value = strings.TrimSpace(string(text))
		}
		out = append(out, header)
	}
	return out, nil
}

func readHeader(text string) (sender.Header, error) {
	name, value, found := strings.Cut(text, ":")
	if !found || name == "" {
		return sender.Header{}, usageError("--header: want 'NAME: VALUE' or @FILE")
	}
	return sender.Header{Name: name, Value: strings.TrimSpace(value)}, nil
}
