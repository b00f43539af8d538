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
	exit  func(int)
}

// watch begins to watch; stop ends it. Before, a signal ends the program as any
// other program.
func watch(exit func(int)) (in *interrupts, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	in = &interrupts{ctx: ctx, exit: exit}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go in.wait(signals, done, cancel)
	return in, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
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
			in.exit(exitCode(interruptedError(sig)))
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

// keepPipes makes a closed stdout an error of a write, not the end of the
// program; stop undoes it. Children are not affected.
func keepPipes() (stop func()) {
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	return func() { signal.Stop(pipes) }
}
