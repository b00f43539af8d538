package main

import (
	"errors"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

// broken is a stdout whose every write ends in err.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestAnOutletThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code int
	}{
		"a reader that went away changes no verdict": {io.ErrClosedPipe, exitPassed},
		"a full disk is told at the end":             {syscall.ENOSPC, exitLook},
	} {
		t.Run(name, func(t *testing.T) {
			o := &outlet{w: broken{c.err}}
			for range 2 {
				if n, err := o.Write([]byte("line\n")); n != 5 || err != nil {
					t.Errorf("Write() = %d, %v; want 5, nil", n, err)
				}
			}
			if got := exitCode(o.failure()); got != c.code {
				t.Errorf("exit code %d, want %d: %v", got, c.code, o.failure())
			}
			if c.code != exitPassed && !errors.Is(o.failure(), c.err) {
				t.Errorf("failure() = %v, want the cause %v", o.failure(), c.err)
			}
		})
	}
}

// A terminal that somebody stopped holds up no request: what does not fit into
// the queue is counted.
func TestAFollowerNeverWaits(t *testing.T) {
	stopped := make(chan struct{})
	began := make(chan struct{}, maxQueue+10)
	shown := 0
	f := newFollower(func(receiver.Entry) {
		began <- struct{}{}
		<-stopped
		shown++
	})
	f.take(receiver.Entry{Seq: 1})
	<-began // the queue is empty again, and its reader is stopped
	for seq := range uint64(maxQueue + 3) {
		f.take(receiver.Entry{Seq: 2 + seq})
	}
	close(stopped)
	if missed := f.end(); missed != 3 || shown != maxQueue+1 {
		t.Errorf("%d shown, %d missed; want %d and 3", shown, missed, maxQueue+1)
	}
	f.take(receiver.Entry{Seq: 9}) // after the end: nothing happens
}

// Who stops the program may be who would read its lines: a test that waits for it.
func TestTheEndDoesNotWaitForAReaderThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, write := io.Pipe()
		o := &outlet{w: write}
		f := newFollower(func(receiver.Entry) { o.Write([]byte("line\n")) })
		for seq := range uint64(5) {
			f.take(receiver.Entry{Seq: seq})
		}
		b := make([]byte, 5)
		for range 2 {
			if _, err := io.ReadFull(read, b); err != nil {
				t.Fatal(err)
			}
		}
		if missed := f.end(); missed != 3 {
			t.Errorf("%d missed, want 3", missed)
		}
		if err := o.failure(); err != nil {
			t.Errorf("failure() = %v", err)
		}
		read.Close() // the follower ends
	})
}

func TestTheEndWaitsForAReaderThatIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFollower(func(receiver.Entry) { time.Sleep(readerPatience - time.Millisecond) })
		for seq := range uint64(5) {
			f.take(receiver.Entry{Seq: seq})
		}
		if missed := f.end(); missed != 0 {
			t.Errorf("%d missed, want none", missed)
		}
	})
}
