package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
)

// reportFiles are the reports of --report.
type reportFiles []*report.File

// createReports finds at once what cannot be written later.
func createReports(list []string) (reportFiles, error) {
	var files reportFiles
	taken := map[string]bool{}
	for _, one := range list {
		kind, path, found := strings.Cut(one, "=")
		if !found || path == "" {
			files.close()
			return nil, usageError("--report %s: want KIND=FILE, as junit=junit.xml", one)
		}
		if taken[filepath.Clean(path)] {
			files.close()
			return nil, usageError("--report %s: two reports cannot share one file", one)
		}
		taken[filepath.Clean(path)] = true
		write, err := report.ByName(kind)
		if err != nil {
			files.close()
			return nil, usageError("--report %s: %w", one, err)
		}
		file, err := report.Create(path, write)
		if err != nil {
			files.close()
			return nil, lookError(err)
		}
		files = append(files, file)
	}
	return files, nil
}

func (files reportFiles) write(run scenarios.Run) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, lookError(f.Write(run)))
	}
	return errors.Join(errs...)
}

// close gives up those that were not written.
func (files reportFiles) close() {
	for _, f := range files {
		_ = f.Close() // what it leaves behind is a temporary file; the reason has been told
	}
}
