package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// twins sets the flags of cmd that were not given from their environment
// variables: --trust-proxy from HOOKDRILL_TRUST_PROXY. A flag that can be
// repeated takes one value from each line.
func (a *app) twins(cmd *cobra.Command) error {
	var errs []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := twin(f.Name)
		text, ok := a.getenv(name)
		if !ok || f.Changed || f.Name == "help" {
			return
		}
		values := []string{text}
		if _, repeats := f.Value.(pflag.SliceValue); repeats {
			values = strings.Split(strings.TrimSpace(text), "\n")
		}
		for _, v := range values {
			if err := cmd.Flags().Set(f.Name, v); err != nil {
				errs = append(errs, usageError("%s: %w", name, cause(err)))
				return
			}
		}
	})
	return errors.Join(errs...)
}

// twin is the name of a flag's environment variable.
func twin(flag string) string {
	return "HOOKDRILL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// cause is what is wrong with a flag's value, without the flag's name.
func cause(err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		return fmt.Errorf("%q: %w", value.GetValue(), plain(value))
	}
	return err
}

// plain is what a flag's value should be, in place of what Go's parser says.
func plain(value *pflag.InvalidValueError) error {
	var number *strconv.NumError
	switch {
	case errors.As(value, &number) && errors.Is(number.Err, strconv.ErrRange):
		return errors.New("the number is too large")
	case errors.As(value, &number) && value.GetFlag().Value.Type() == "bool":
		return errors.New("want true or false")
	case errors.As(value, &number):
		return errors.New("want a whole number")
	case value.GetFlag().Value.Type() == "duration":
		return errors.New("want a time with its unit: 500ms, 10s, 1m30s")
	}
	return errors.Unwrap(value)
}

// noArguments is for commands that have flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		// The word is not shown: it may be half of a header with a secret.
		return usageError("%s takes flags only; quote a value that holds spaces", calledAs(cmd))
	}
	return nil
}

// flagError is what a mistake in the flags reads like: the command, the mistake,
// and the nearest flag.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 {
		return knownCommand(cmd, cmd.Flags().Args()) // whose flag it is, nobody knows
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if short := unknown.GetSpecifiedShortnames(); short != "" {
			return usageError("%s has no flag -%s; --help lists what there is", calledAs(cmd), short)
		}
		name := unknown.GetSpecifiedName()
		return usageError("%s has no flag --%s%s", calledAs(cmd), name, didYouMean("--", name, flagNames(cmd)))
	}
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		return usageError("--%s %w", value.GetFlag().Name, cause(err))
	}
	return usageError("%s: %w", calledAs(cmd), err)
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// didYouMean is the end of a sentence that says that there is no such name.
func didYouMean(prefix, name string, names []string) string {
	// A menu of commands knows how to suggest; flags are lent to one.
	menu := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, n := range names {
		menu.AddCommand(&cobra.Command{Use: n, Run: func(*cobra.Command, []string) {}})
	}
	if near := menu.SuggestionsFor(name); len(near) > 0 {
		return "; did you mean " + prefix + strings.Join(near, " or "+prefix) + "?"
	}
	return "; --help lists what there is"
}

// choice is a flag with a closed list of values.
type choice struct {
	value string
	among []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "string" }

func (c *choice) Set(text string) error {
	for _, one := range c.among {
		if text == one {
			c.value = text
			return nil
		}
	}
	return fmt.Errorf("there are %s", strings.Join(c.among, ", "))
}

// moment is a flag that holds a point in time.
type moment struct{ time.Time }

func (m *moment) String() string {
	if m.IsZero() {
		return ""
	}
	return m.Format(time.RFC3339Nano)
}
func (m *moment) Type() string { return "time" }

func (m *moment) Set(text string) error {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return errors.New("want RFC 3339, 2026-05-27T10:00:00Z")
	}
	m.Time = t
	return nil
}

// now is the clock that the flag asks for, nil for the real one.
func (m *moment) now() func() time.Time {
	if m.IsZero() {
		return nil
	}
	return func() time.Time { return m.Time }
}

// formatFlag adds --output to cmd.
func formatFlag(cmd *cobra.Command) *choice {
	c := &choice{value: "text", among: []string{"text", "json", "ndjson"}}
	cmd.Flags().Var(c, "output", "`FORMAT` of the results on stdout: text, json, ndjson")
	return c
}

// pairs reads repeated NAME=VALUE flags.
func pairs(flag string, list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, one := range list {
		name, value, found := strings.Cut(one, "=")
		if !found || name == "" {
			return nil, usageError("--%s %s: want NAME=VALUE", flag, one)
		}
		out[name] = value
	}
	return out, nil
}
