//go:build !windows

package sender

import (
	"os"
	"syscall"
)

// errConnectRefused is what a dialer says of a port at which nobody listens.
var errConnectRefused = os.NewSyscallError("connect", syscall.ECONNREFUSED)

// errUnreachable is what a dialer says of a host to which there is no way.
var errUnreachable = os.NewSyscallError("connect", syscall.EHOSTUNREACH)

// errnoKind tells what an error number of a socket means; one that stands for
// nothing on the wire is unreachable.
func errnoKind(no syscall.Errno) Kind {
	switch no {
	case syscall.ECONNREFUSED:
		return Refused
	case syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE:
		return Reset
	case syscall.ETIMEDOUT:
		return Timeout
	}
	return Unreachable
}

// isOurs reports whether an error number says that this machine could not do its
// part: no address to bind, no descriptor, no port left. Nothing is known about
// the other side then.
func isOurs(no syscall.Errno) bool {
	switch no {
	case syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM:
		return true
	}
	return false
}
