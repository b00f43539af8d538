package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeWhole writes a file that is never seen half written, for a flag. What is no
// regular file, a pipe or a device, is written to: a rename would put a file in its
// place.
func writeWhole(flag, path string, text []byte, mode os.FileMode) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeInto(flag, path, text)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%s %s cannot be written: %w", flag, path, err)
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(mode), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
		return fmt.Errorf("%s %s cannot be written: %w", flag, path, err)
	}
	return nil
}

// readyFile tells where a server is reached to whoever waits for the file; none
// where path is "".
func readyFile(path, url string) error {
	if path == "" {
		return nil
	}
	return lookError(writeWhole("--ready-file", path, []byte(url+"\n"), 0o644))
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

func writeInto(flag, path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("%s %s cannot be written: %w", flag, path, err)
	}
	return nil
}
