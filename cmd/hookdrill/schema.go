package main

import (
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/spf13/cobra"
)

func (a *app) schemaCommand() *cobra.Command {
	return group("schema", "Print the JSON Schemas of pushes and of hookdrill's files",
		a.payloadSchemaCommand(),
		a.fileSchemaCommand("scenario", "Print the JSON Schema of a story", scenarios.ScenarioSchema),
		a.fileSchemaCommand("project", "Print the JSON Schema of hookdrill.yaml", scenarios.ProjectSchema),
		a.fileSchemaCommand("profile", "Print the JSON Schema of a profile.json", schema.ProfileSchema),
		a.fileSchemaCommand("api", "Print the JSON Schema of a profile's api.json", schema.APISchema),
	)
}

func (a *app) payloadSchemaCommand() *cobra.Command {
	var ref string
	cmd := &cobra.Command{
		Use:   "payload --profile PROFILE",
		Short: "Print the JSON Schema of a platform's push",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			profile, err := a.openProfile(ref)
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(profile.PushSchema())
			return err
		},
	}
	cmd.Flags().StringVar(&ref, "profile", "", "`PROFILE` that documents the push: flashduty, pagerduty@2020-10-09")
	return cmd
}

func (a *app) fileSchemaCommand(name, short string, text func() []byte) *cobra.Command {
	return &cobra.Command{
		Use:   name,
		Short: short,
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(text())
			return err
		},
	}
}
