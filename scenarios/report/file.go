package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hookdrill/hookdrill/scenarios"
)

// File is a report on its way to a file. It stands under another name in the
// same folder until it is whole, so that nobody ever reads half a report.
type File struct {
	path  string
	write Writer
	temp  *os.File // nil after Close
	whole bool     // path is no regular file: temp is the file itself
}

// Create prepares the file at path for a report that write makes. A path that
// cannot be written is an error now, before anything is judged, and names path.
func Create(path string, write Writer) (*File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return device(path, write, info)
	} else if err == nil {
		// The rename would replace a file that is write-protected: ask it first.
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, cannot(path, err)
		}
		f.Close()
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, cannot(path, err)
	}
	return &File{path: path, write: write, temp: temp}, nil
}

// device opens what cannot be renamed over: /dev/stdout, a pipe.
func device(path string, write Writer, info os.FileInfo) (*File, error) {
	if info.IsDir() {
		return nil, cannot(path, errors.New("it is a folder"))
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, cannot(path, err)
	}
	return &File{path: path, write: write, temp: f, whole: true}, nil
}

// Write writes the report of run and gives it its name. The error names the
// path; the file of that name is then as it was before.
func (f *File) Write(run scenarios.Run) error {
	err := f.write(f.temp, run)
	if !f.whole {
		err = errors.Join(err, f.temp.Chmod(0o644))
	}
	err = errors.Join(err, f.temp.Close())
	name := f.temp.Name()
	f.temp = nil
	if f.whole {
		return cannot(f.path, err)
	}
	if err == nil {
		err = os.Rename(name, f.path)
	}
	if err != nil {
		os.Remove(name)
	}
	return cannot(f.path, err)
}

// Close gives up a report that was not written. After Write it does nothing.
func (f *File) Close() error {
	if f.temp == nil {
		return nil
	}
	err := f.temp.Close()
	if !f.whole {
		err = errors.Join(err, os.Remove(f.temp.Name()))
	}
	f.temp = nil
	return err
}

// cannot is the error of a report that cannot be written; nil stays nil. The
// cause is told without the temporary file's name.
func cannot(path string, err error) error {
	if err == nil {
		return nil
	}
	var at *os.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("report %s cannot be written: %w", path, err)
}
