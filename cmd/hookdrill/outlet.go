package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/mattn/go-isatty"
)

// outlet is stdout or stderr. A reader that went away (| head -1) changes no
// verdict: from then on nothing is written and nothing fails. Any other failure
// is kept for the end of the program. It is safe for concurrent use.
type outlet struct {
	w io.Writer

	mu   sync.Mutex
	gone bool
	err  error
}

// Write never fails: failure tells afterwards.
func (o *outlet) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone || o.err != nil {
		return len(b), nil
	}
	if _, err := o.w.Write(b); readerGone(err) {
		o.gone = true
	} else if err != nil {
		o.err = err
	}
	return len(b), nil
}

// failure says that results could not be written. A write that goes on still has
// a reader who takes nothing: that is no failure, as a reader that went away is
// none.
func (o *outlet) failure() error {
	if !o.mu.TryLock() {
		return nil
	}
	defer o.mu.Unlock()
	if o.err == nil {
		return nil
	}
	return lookError(fmt.Errorf("results cannot be written to stdout: %w", o.err))
}

func readerGone(err error) bool {
	for _, one := range brokenPipe {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// terminal reports whether somebody looks at it.
func (o *outlet) terminal() bool {
	f, ok := o.w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// color reports whether o may be written in color: on a terminal, and without
// NO_COLOR (any value but the empty one).
func (a *app) color(o *outlet) bool {
	no, _ := a.getenv("NO_COLOR")
	return no == "" && o.terminal()
}
