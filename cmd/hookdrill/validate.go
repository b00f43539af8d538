package main

import (
	"fmt"
	"io"
	"os"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/spf13/cobra"
)

func (a *app) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate --profile PROFILE FILE...",
		Short: "Check bodies against what a platform documents",
		Long: `Check each FILE, the body of one push, against what the platform documents; - is
stdin. A line for each violation: severity, JSON pointer, what was found, what is
documented. Warnings alone pass.`,
		Example: `  hookdrill validate --profile flashduty body.json
  curl -s localhost:8080/last | hookdrill validate --profile pagerduty@2020-10-09 -`,
	}
	var ref string
	var strict bool
	cmd.Flags().StringVar(&ref, "profile", "", "`PROFILE` that documents the body: flashduty, pagerduty@2020-10-09")
	cmd.Flags().BoolVar(&strict, "strict", false, "refuse names that no document knows")
	format := formatFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, files []string) error {
		if len(files) == 0 {
			return usageError("validate needs a FILE, or - for stdin")
		}
		profile, err := a.openProfile(ref)
		if err != nil {
			return err
		}
		strength := schema.Lenient
		if strict {
			strength = schema.Strict
		}
		var errs []error
		for _, name := range files {
			errs = append(errs, a.validateFile(profile, strength, name, format.value))
		}
		return join(errs...)
	}
	return cmd
}

// openProfile returns the profile that ref names.
func (a *app) openProfile(ref string) (*schema.Profile, error) {
	if ref == "" {
		return nil, usageError("--profile is needed; hookdrill profile list shows which there are")
	}
	own, err := a.ownProfiles()
	if err != nil {
		return nil, err
	}
	var profile *schema.Profile
	if own == nil {
		profile, err = schema.Open(ref)
	} else {
		profile, err = schema.OpenFS(own, ref)
	}
	if err != nil {
		return nil, usageError("%w", err)
	}
	return profile, nil
}

// validateFile checks one file and writes what was found. The error says how
// that ended.
func (a *app) validateFile(p *schema.Profile, s schema.Strength, name, format string) error {
	body, err := a.readFile(name)
	if err != nil {
		return err
	}
	violations := p.Validate(body, s)
	broken := len(schema.Errors(violations))
	if format == "text" {
		a.violationLines(p, name, violations)
	} else {
		err = report.WriteJSON(a.stdout, struct {
			Version    int                `json:"version"`
			Type       string             `json:"type"`
			File       string             `json:"file"`
			Profile    string             `json:"profile"`
			Errors     int                `json:"errors"`
			Warnings   int                `json:"warnings"`
			Violations []schema.Violation `json:"violations"`
		}{report.Version, "validation", name, p.Ref(), broken, len(violations) - broken, append([]schema.Violation{}, violations...)}, format == "json")
	}
	if broken > 0 {
		return join(err, errNotPassed)
	}
	return err
}

func (a *app) violationLines(p *schema.Profile, name string, violations []schema.Violation) {
	for _, v := range violations {
		fmt.Fprintf(a.stdout, "%s: %s\n", report.Clean(name), report.Clean(v.String()))
	}
	if len(violations) == 0 {
		fmt.Fprintf(a.stdout, "%s: ok, as %s documents it\n", report.Clean(name), p.Ref())
	}
}

// maxFile bounds what is read of a file that the user names, in bytes. No
// platform sends a body near it.
const maxFile = 64 << 20

// readFile reads a file that the user named; - is stdin.
func (a *app) readFile(name string) ([]byte, error) {
	from := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usageError("cannot read: %w", err)
		}
		defer f.Close()
		from = f
	}
	body, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err != nil {
		return nil, usageError("cannot read: %w", err)
	}
	if len(body) > maxFile {
		return nil, usageError("cannot read: %s is larger than %d MiB", name, maxFile>>20)
	}
	return body, nil
}
