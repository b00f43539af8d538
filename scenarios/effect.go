package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// How a counter that cannot tell by itself is asked.
const (
	pollEvery     = 20 * time.Millisecond
	countWithin   = 5 * time.Second // one question
	maxCountBytes = 1 << 20         // of an answer
)

// counter is what an effect counts. It never goes down while a story is told.
type counter func(ctx context.Context) (int, error)

// lineCounter counts the lines of a file. A file that is not there yet has none;
// one that was begun anew is counted anew.
func lineCounter(name string) counter {
	var offset int64
	var lines int
	return func(context.Context) (int, error) {
		f, err := openRegular(name)
		if errors.Is(err, os.ErrNotExist) {
			offset, lines = 0, 0
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || info.Size() < offset {
			offset, lines = 0, 0
		}
		if _, err := f.Seek(offset, io.SeekStart); err != nil {
			return 0, err
		}
		// Only whole lines are remembered: the last one may still be written.
		unfinished := 0
		buffer := make([]byte, 32<<10)
		for {
			n, err := f.Read(buffer)
			if n > 0 {
				lines += bytes.Count(buffer[:n], []byte{'\n'})
				if end := bytes.LastIndexByte(buffer[:n], '\n'); end >= 0 {
					offset += int64(unfinished) + int64(end) + 1
					unfinished = n - end - 1
				} else {
					unfinished += n
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return 0, err
			}
		}
		if unfinished > 0 {
			return lines + 1, nil
		}
		return lines, nil
	}
}

// openRegular looks before it opens: a pipe may never open, a device never end.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: name, Err: errNotRegular}
	}
	return os.Open(name)
}

// getCounter reads a number from a URL: the whole answer, or the value at
// pointer in it.
func getCounter(network sender.Network, target, pointer string) counter {
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DialContext: network.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       countWithin,
	}
	return func(ctx context.Context) (int, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return 0, err
		}
		response, err := client.Do(request)
		if err != nil {
			return 0, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, maxCountBytes))
		if err != nil {
			return 0, fmt.Errorf("read the answer: %w", err)
		}
		if response.StatusCode/100 != 2 {
			return 0, fmt.Errorf("answered %d, want 2xx with a number", response.StatusCode)
		}
		value, err := decode(body)
		if err != nil {
			return 0, fmt.Errorf("%s is not JSON: %w", brief(string(body)), err)
		}
		number, ok := lookup(value, pointer)
		if !ok {
			return 0, fmt.Errorf("nothing at pointer %q of %s", pointer, brief(string(body)))
		}
		return whole(number)
	}
}

// commandCounter runs a command in dir and reads the number that it prints. What
// it starts in turn ends with it.
func commandCounter(dir string, argv, env []string) counter {
	return func(ctx context.Context) (int, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, countWithin, fmt.Errorf("took longer than %s", human(countWithin)))
		defer cancel()
		runtime.LockOSThread() // or Linux could kill the command with the thread that started it
		defer runtime.UnlockOSThread()
		c, said := exec.CommandContext(ctx, argv[0], argv[1:]...), new(tail)
		c.Dir, c.Env, c.WaitDelay, c.Stderr = dir, env, time.Second, said
		prepare(c)
		c.Cancel = func() error { kill(c); return nil }
		output, err := c.Output()
		if c.Process != nil {
			kill(c) // the group too: children may outlive their parent
		}
		if err == nil {
			return whole(json.Number(strings.TrimSpace(string(output))))
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else if errors.Is(err, exec.ErrWaitDelay) {
			err = errLeftBehind
		}
		if last := said.lines(1); len(last) > 0 {
			return 0, fmt.Errorf("%w; the last that it wrote: %s", err, visible(last[0]))
		}
		return 0, err
	}
}

var errLeftBehind = errors.New("it ended, and a command that it started kept its output open")

// whole reads a JSON number, or a text that is one, as a whole number.
func whole(value any) (int, error) {
	text, isText := value.(string)
	if n, ok := value.(json.Number); ok {
		text = n.String()
	} else if !isText {
		return 0, fmt.Errorf("%s is no number", compact(value))
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s is no whole number", brief(text))
	}
	return n, nil
}
