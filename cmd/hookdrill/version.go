package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which hookdrill this is",
		Args:  noArguments,
	}
	format := formatFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		if format.value == "text" {
			fmt.Fprintf(a.stdout, "hookdrill %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		}
		return report.WriteJSON(a.stdout, struct {
			Version   int    `json:"version"`
			Type      string `json:"type"`
			Hookdrill string `json:"hookdrill"`
			Go        string `json:"go"`
			OS        string `json:"os"`
			Arch      string `json:"arch"`
		}{report.Version, "version", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH}, format.value == "json")
	}
	return cmd
}

// version is what the Go toolchain stamped into the binary: a tag, a commit, or
// "(devel)".
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
