package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// starter holds the files that init writes.
//
//go:embed starter
var starter embed.FS

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Write a first hookdrill.yaml and a first story here",
		Long: `Write hookdrill.yaml and drills/restart.yaml into the working directory. They work
at once: hookdrill run tells the story mock against mock. What is there already is
never overwritten.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			files, err := fs.Sub(starter, "starter")
			if err != nil {
				return err
			}
			return a.writeStarter(files)
		},
	}
}

// writeStarter writes every file of files below the working directory, or
// nothing when one of them is there already.
func (a *app) writeStarter(files fs.FS) error {
	var names []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if _, err := os.Lstat(filepath.FromSlash(name)); err == nil {
			return usageError("%s is there already; init overwrites nothing", name)
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := writeNew(files, name); err != nil {
			return lookError(err)
		}
		fmt.Fprintln(a.stdout, "wrote", name)
	}
	fmt.Fprintln(a.stderr, "now: hookdrill run")
	return nil
}

// writeNew writes one file that must not be there.
func writeNew(files fs.FS, name string) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	path := filepath.FromSlash(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
