package receiver

import "net"

// gone waits without reading until the peer has ended the connection. It
// returns false when the read deadline came first, or nobody can tell: a
// connection in memory may, and of a socket the system.
func gone(conn net.Conn) (left bool) {
	if c, ok := conn.(*counted); ok {
		conn = c.Conn
	}
	if c, ok := conn.(interface{ AwaitPeer() bool }); ok {
		return c.AwaitPeer()
	}
	return goneTCP(conn)
}
