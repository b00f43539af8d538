package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// interrupts watches for SIGINT and SIGTERM: the first ends ctx, so that what
// runs can end and write its reports; a second one ends the program at once.
type interrupts struct {
	ctx   context.Context
	first atomic.Pointer[os.Signal]
	stop  func()
}

// watch begins to watch; stop ends it.
func watch() *interrupts {
	ctx, cancel := context.WithCancel(context.Background())
	in := &interrupts{ctx: ctx}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// A closed stdout must be an error of a write, not the end of the program.
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	done := make(chan struct{})
	go in.wait(signals, done, cancel)
	in.stop = func() {
		signal.Stop(signals)
		signal.Stop(pipes)
		close(done)
		cancel()
	}
	return in
}

func (in *interrupts) wait(signals <-chan os.Signal, done <-chan struct{}, cancel func()) {
	for {
		select {
		case <-done:
			return
		case sig := <-signals:
			if in.first.CompareAndSwap(nil, &sig) {
				cancel()
				continue
			}
			os.Exit(exitCode(interruptedError(sig)))
		}
	}
}

// err is the interruption, nil when there was none.
func (in *interrupts) err() error {
	if sig := in.first.Load(); sig != nil {
		return interruptedError(*sig)
	}
	return nil
}
