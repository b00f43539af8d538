//go:build unix

package main

import (
	"syscall"
	"testing"
	"time"
)

// The first signal lets what runs end; the second one does not wait for it.
func TestTheSecondInterruptEndsAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		signal syscall.Signal
		code   int
	}{
		"SIGINT twice":  {syscall.SIGINT, 130},
		"SIGTERM twice": {syscall.SIGTERM, 143},
	} {
		t.Run(name, func(t *testing.T) {
			exited := make(chan int, 1)
			interrupts, stop := watch(func(code int) { exited <- code })
			defer stop()
			if err := interrupts.err(); err != nil {
				t.Fatalf("interrupted before a signal: %v", err)
			}
			send(t, c.signal)
			select {
			case <-interrupts.ctx.Done():
			case <-time.After(patience):
				t.Fatal("the first signal did not end the context")
			}
			if got := exitCode(interrupts.err()); got != c.code {
				t.Errorf("exit code %d after the first, want %d", got, c.code)
			}
			send(t, c.signal)
			select {
			case got := <-exited:
				if got != c.code {
					t.Errorf("exit code %d after the second, want %d", got, c.code)
				}
			case <-time.After(patience):
				t.Fatal("the second signal did not end the program")
			}
		})
	}
}

func send(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), s); err != nil {
		t.Fatal(err)
	}
}
