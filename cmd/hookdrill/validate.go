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
		return a.validate(profile, strength, files, format.value)
	}
	return cmd
}

// validated is what became of one file.
type validated struct {
	heading
	File       string             `json:"file"`
	Profile    string             `json:"profile"`
	Errors     int                `json:"errors"`
	Warnings   int                `json:"warnings"`
	Violations []schema.Violation `json:"violations"`
}

// validate checks each file on its own: one that cannot be read or is broken
// keeps no other from being checked.
func (a *app) validate(p *schema.Profile, s schema.Strength, files []string, format string) error {
	var errs []error
	all := []validated{}
	for _, name := range files {
		body, err := a.readFile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		v := validated{File: name, Profile: p.Ref(), Violations: append([]schema.Violation{}, p.Validate(body, s)...)}
		v.Errors = len(schema.Errors(v.Violations))
		v.Warnings = len(v.Violations) - v.Errors
		if v.Errors > 0 {
			errs = append(errs, errNotPassed)
		}
		switch format {
		case "text":
			a.violationLines(v)
		case "ndjson":
			v.heading = heading{report.Version, "validation"}
			errs = append(errs, report.WriteJSON(a.stdout, v, false))
		default:
			all = append(all, v)
		}
	}
	if format == "json" {
		errs = append(errs, report.WriteJSON(a.stdout, struct {
			heading
			Files []validated `json:"files"`
		}{heading{report.Version, "validation"}, all}, true))
	}
	return join(errs...)
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

func (a *app) violationLines(v validated) {
	for _, one := range v.Violations {
		fmt.Fprintf(a.stdout, "%s: %s\n", report.Clean(v.File), report.Clean(one.String()))
	}
	if len(v.Violations) == 0 {
		fmt.Fprintf(a.stdout, "%s: ok, as %s documents it\n", report.Clean(v.File), v.Profile)
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

// readKeyPair reads the files of --cert and --key.
func (a *app) readKeyPair(certFile, keyFile string) (cert, key []byte, err error) {
	if cert, err = a.readFile(certFile); err != nil {
		return nil, nil, fmt.Errorf("--cert: %w", err)
	}
	if key, err = a.readFile(keyFile); err != nil {
		return nil, nil, fmt.Errorf("--key: %w", err)
	}
	return cert, key, nil
}
