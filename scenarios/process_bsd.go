//go:build unix && !linux

package scenarios

import "syscall"

// dieWithParent does nothing: the system has no such promise.
func dieWithParent(*syscall.SysProcAttr) {}
