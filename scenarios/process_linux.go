package scenarios

import "syscall"

// dieWithParent has the kernel kill the child when this process is killed: then
// nobody is left to do it.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
