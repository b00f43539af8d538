package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/hookdrill/hookdrill/scenarios"
)

// The exit codes. An interruption is 128 + the signal's number.
const (
	exitPassed = 0
	exitFailed = 1 // an expectation failed, a press was not delivered, a violation
	exitUsage  = 2 // usage, an invalid or unreadable file, nothing judged
	exitLook   = 3 // could not look: port in use, a report that cannot be written
)

// codedError is an error that knows its exit code. A nil err is one that has
// been told as a result on stdout.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *codedError) Unwrap() error { return e.err }

// errNotPassed is a verdict that stands on stdout already.
var errNotPassed error = &codedError{code: exitFailed}

// errNotLooked is a verdict on stdout that says why we could not look.
var errNotLooked error = &codedError{code: exitLook}

func usageError(format string, args ...any) error {
	return &codedError{exitUsage, fmt.Errorf(format, args...)}
}

func failedError(format string, args ...any) error {
	return &codedError{exitFailed, fmt.Errorf(format, args...)}
}

func lookError(err error) error {
	if err == nil {
		return nil
	}
	return &codedError{exitLook, err}
}

// interruptedError is the end of a run that a signal ended.
func interruptedError(sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	if !ok {
		number = syscall.SIGINT // os.Interrupt where signals have no numbers
	}
	return &codedError{code: 128 + int(number)}
}

// join is errors.Join for errors of which each may decide the exit code.
func join(errs ...error) error { return errors.Join(errs...) }

// exitCode is the one place where an error becomes an exit code. When several
// hold: interrupted, 1, 3, 2.
func exitCode(err error) int {
	best := exitPassed
	for _, one := range leaves(err) {
		code := exitUsage // cobra's own errors are about usage
		var coded *codedError
		if errors.As(one, &coded) {
			code = coded.code
		}
		if rank(code) > rank(best) {
			best = code
		}
	}
	return best
}

func rank(code int) int {
	switch code {
	case exitPassed:
		return 0
	case exitUsage:
		return 1
	case exitLook:
		return 2
	case exitFailed:
		return 3
	default:
		return 4
	}
}

// leaves are the errors that join put together.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, one := range several.Unwrap() {
		out = append(out, leaves(one)...)
	}
	return out
}

// complaints are the texts of what has not been told as a result. A mistake in
// a user's file begins with its place, everything else with our name.
func complaints(err error) []string {
	var out []string
	for _, one := range leaves(err) {
		var coded *codedError
		if errors.As(one, &coded) && coded.err == nil {
			continue
		}
		var load *scenarios.LoadError
		if errors.As(one, &load) {
			out = append(out, load.Error())
			continue
		}
		out = append(out, "hookdrill: "+one.Error())
	}
	return out
}
