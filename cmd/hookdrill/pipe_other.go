//go:build !windows

package main

import (
	"io"
	"syscall"
)

// brokenPipe are the errors of a write whose reader has gone.
var brokenPipe = []error{syscall.EPIPE, io.ErrClosedPipe}
