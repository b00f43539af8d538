package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeWhole writes a file that is never seen half written. What is no regular
// file, a pipe or a device, is written to: a rename would put a file in its place.
func writeWhole(path, text string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeInto(path, text)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("--ready-file %s cannot be written: %w", path, err)
	}
	_, err = temp.WriteString(text)
	err = errors.Join(err, temp.Chmod(0o644), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
		return fmt.Errorf("--ready-file %s cannot be written: %w", path, err)
	}
	return nil
}

// forget removes the ready file of a receiver that does not listen yet, or no
// more: whoever waits for it would find one of another run. A device stays.
func forget(path string) error {
	info, err := os.Stat(path)
	if path == "" || err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("--ready-file %s is of an earlier run and cannot be removed: %w", path, err)
	}
	return nil
}

func writeInto(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("--ready-file %s cannot be written: %w", path, err)
	}
	return nil
}
