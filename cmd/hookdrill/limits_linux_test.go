package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Neither side of a press grows past 128 MB, whatever the endpoint does, and a
// press ends. That it ends within 250 ms of its deadline is shown in virtual time
// (scenarios/drilltest): here the machine may be busy.
func TestNoFaultFillsTheMemory(t *testing.T) {
	const most = 128 << 10 // KiB
	for _, fault := range []string{"hang", "endless_100", "endless_headers", "endless_body", "big_header", "many_headers", "drip_body"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			endpoint := exec.CommandContext(ctx, "hookdrill", "receive", "--profile", "flashduty", "--listen", "127.0.0.1:0", "--behavior", "fault "+fault)
			out, err := endpoint.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := endpoint.Start(); err != nil {
				t.Fatal(err)
			}
			defer endpoint.Wait()
			defer endpoint.Process.Kill()
			url, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			press := exec.CommandContext(ctx, "hookdrill", "press", "--profile", "flashduty", "--url", strings.TrimSpace(url))
			var said bytes.Buffer
			press.Stdout, press.Stderr = &said, &said
			if err := press.Start(); err != nil {
				t.Fatal(err)
			}
			grown, ended := make(chan int, 1), make(chan struct{})
			go func() { grown <- peak(press.Process.Pid, ended) }()
			err = press.Wait()
			close(ended)
			held, pressed, received := time.Since(began), <-grown, resident(endpoint.Process.Pid)
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) || ctx.Err() != nil {
				t.Fatalf("press: %v\n%s", err, said.String())
			}
			t.Logf("%s: press took %s and %d MiB, receive %d MiB", fault, held.Round(time.Millisecond), pressed>>10, received>>10)
			if !underRace && (pressed > most || received > most) {
				t.Errorf("press grew to %d KiB and receive to %d KiB; want at most %d", pressed, received, most)
			}
		})
	}
}

// peak is the most that a process had in memory, in KiB, until it ended.
func peak(pid int, ended <-chan struct{}) (most int) {
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		most = max(most, resident(pid))
		select {
		case <-tick.C:
		case <-ended:
			tick.Stop()
			return most
		}
	}
}

// resident is the most that a process has had in memory so far, in KiB; 0 when it
// is no more.
func resident(pid int) (kib int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Sscanf(strings.TrimSpace(size), "%d kB", &kib)
		}
	}
	return kib
}
