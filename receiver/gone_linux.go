package receiver

import (
	"encoding/binary"
	"net"
	"syscall"
)

// goneTCP asks the kernel.
func goneTCP(conn net.Conn) (left bool) {
	const established = 1 // TCP_ESTABLISHED
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	// a FIN wakes the wait for something to read, and so do bytes: the state tells which
	look := func(fd uintptr) bool {
		info, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_INFO)
		var first [4]byte // of struct tcp_info, whose first byte is the state
		binary.NativeEndian.PutUint32(first[:], uint32(info))
		left = err != nil || first[0] != established
		return left
	}
	_ = raw.Read(look)
	_ = raw.Control(func(fd uintptr) { look(fd) }) // whatever ended the wait
	return left
}
