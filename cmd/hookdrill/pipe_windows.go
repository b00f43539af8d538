package main

import (
	"io"
	"syscall"
)

// brokenPipe are the errors of a write whose reader has gone. The number is
// ERROR_NO_DATA, "the pipe is being closed", which syscall does not name.
var brokenPipe = []error{syscall.ERROR_BROKEN_PIPE, syscall.Errno(232), io.ErrClosedPipe}
