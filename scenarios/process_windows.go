package scenarios

import (
	"os/exec"
	"strconv"
)

// prepare has nothing to do: taskkill finds the children by their parent.
func prepare(*exec.Cmd) {}

// terminate ends the process and its children; Windows has no way to ask.
func terminate(c *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(c.Process.Pid)).Run()
}

// kill ends the process itself, should taskkill have failed.
func kill(c *exec.Cmd) { _ = c.Process.Kill() }

// gone reports true: taskkill has returned when the children have ended.
func gone(*exec.Cmd) bool { return true }
