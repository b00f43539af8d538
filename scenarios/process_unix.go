//go:build unix

package scenarios

import (
	"errors"
	"os/exec"
	"syscall"
)

// prepare puts the command into a process group of its own, so that all that it
// starts can be ended with it.
func prepare(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(c.SysProcAttr)
}

// terminate asks the whole group to end; kill ends it. Neither has anything to
// say when nobody is left.
func terminate(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// gone reports whether nobody of the group is left.
func gone(c *exec.Cmd) bool { return errors.Is(syscall.Kill(-c.Process.Pid, 0), syscall.ESRCH) }
