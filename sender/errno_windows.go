package sender

import (
	"os"
	"syscall"
)

// Winsock's error numbers; package syscall names only a few of them.
const (
	wsaEMFILE        syscall.Errno = 10024
	wsaEADDRINUSE    syscall.Errno = 10048
	wsaEADDRNOTAVAIL syscall.Errno = 10049
	wsaECONNABORTED  syscall.Errno = 10053
	wsaECONNRESET    syscall.Errno = 10054
	wsaENOBUFS       syscall.Errno = 10055
	wsaETIMEDOUT     syscall.Errno = 10060
	wsaECONNREFUSED  syscall.Errno = 10061
	wsaEHOSTUNREACH  syscall.Errno = 10065
)

// errConnectRefused is what a dialer says of a port at which nobody listens.
var errConnectRefused = os.NewSyscallError("connectex", wsaECONNREFUSED)

// errUnreachable is what a dialer says of a host to which there is no way.
var errUnreachable = os.NewSyscallError("connectex", wsaEHOSTUNREACH)

// errnoKind tells what an error number of a socket means; one that stands for
// nothing on the wire is unreachable. In-memory connections use the portable
// numbers.
func errnoKind(no syscall.Errno) Kind {
	switch no {
	case wsaECONNREFUSED, syscall.ECONNREFUSED:
		return Refused
	case wsaECONNRESET, wsaECONNABORTED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE:
		return Reset
	case wsaETIMEDOUT, syscall.ETIMEDOUT:
		return Timeout
	}
	return Unreachable
}

// isOurs reports whether an error number says that this machine could not do its
// part: no address to bind, no descriptor, no port left. Nothing is known about
// the other side then.
func isOurs(no syscall.Errno) bool {
	switch no {
	case wsaEADDRNOTAVAIL, wsaEADDRINUSE, wsaEMFILE, wsaENOBUFS:
		return true
	}
	return false
}
