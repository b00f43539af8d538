package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// How long a started endpoint may take, and how much of its output is kept.
const (
	readyWithin   = 15 * time.Second       // to become ready
	readyEvery    = 20 * time.Millisecond  // how often it is asked
	stopWithin    = 2 * time.Second        // to end when it is asked to, before it is killed
	outputKept    = 16 << 10               // bytes, the newest
	outputShown   = 8                      // lines in the notes
	answersWithin = time.Second            // one question whether it is ready
	endsWithin    = 200 * time.Millisecond // to be gone, where what it did may have been its last
)

// process is an endpoint that the run started itself, with all that it starts
// in turn.
type process struct {
	command *exec.Cmd
	output  *tail
	life    context.Context // done when the process is gone; its cause is what it ended with
	ready   bool            // it was, once
}

var errExited = errors.New("exit status 0")

// launch starts argv in dir with env. The process dies with this one wherever
// the system can promise that.
func launch(dir string, argv, env []string) (*process, error) {
	life, end := context.WithCancelCause(context.Background())
	p := &process{command: exec.Command(argv[0], argv[1:]...), output: new(tail), life: life}
	p.command.Dir, p.command.Env = dir, env
	p.command.Stdout, p.command.Stderr = p.output, p.output
	p.command.WaitDelay = stopWithin // a grandchild may hold the pipe open
	prepare(p.command)
	started := make(chan error)
	go func() {
		// Linux kills the child when the thread that started it ends: the
		// thread is kept for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.command.Start()
		started <- err
		if err == nil {
			end(cmp.Or(p.command.Wait(), errExited))
		}
	}()
	if err := <-started; err != nil {
		end(err)
		return nil, fmt.Errorf("start %s: %w", strings.Join(argv, " "), err)
	}
	return p, nil
}

// stop ends the process and its children: asked first, killed when they do not
// listen. It returns when they are gone.
func (p *process) stop() {
	terminate(p.command)
	select {
	case <-p.life.Done():
	case <-time.After(stopWithin):
	}
	kill(p.command) // the group too: children may outlive their parent
	<-p.life.Done()
	// What is killed still holds its port for a moment. A zombie that nobody
	// collects counts as there: that is not waited for.
	for patience := time.Now().Add(stopWithin / 4); !gone(p.command) && time.Now().Before(patience); {
		time.Sleep(stopWithin / 1000)
	}
}

// await returns once probe succeeds; an end of the process, of ctx and of the
// time it is given are errors that show what the process wrote.
func (p *process) await(ctx context.Context, probe func(context.Context) error) error {
	alive, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	err := until(alive, probe)
	if p.life.Err() != nil { // even if the probe succeeded: somebody else answered it
		return fmt.Errorf("%s ended (%w) before it was ready%s", p.name(), context.Cause(p.life), p.said())
	}
	if err != nil {
		return fmt.Errorf("%s: %w%s", p.name(), err, p.said())
	}
	p.ready = true
	return nil
}

// ended returns with what the process ended after it was ready, although nobody
// asked it to; nil when it did not.
func (p *process) ended() error {
	if !p.ready {
		return nil // which was told
	}
	select {
	case <-p.life.Done():
		return context.Cause(p.life)
	case <-time.After(endsWithin):
		return nil
	}
}

func (p *process) name() string { return strings.Join(p.command.Args, " ") }

// until asks probe again and again, and returns its error when it does not
// succeed in the time that an endpoint has.
func until(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyWithin, fmt.Errorf("not ready after %s", human(readyWithin)))
	defer cancel()
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// said shows the last line of the output for the end of a message; the notes of
// the result have more of it.
func (p *process) said() string {
	lines := p.output.lines(1)
	if len(lines) == 0 {
		return "; it wrote nothing"
	}
	return "; the last that it wrote: " + visible(lines[0])
}

// answering is the probe of ready: GET url is answered with 2xx. Neither a
// proxy nor a redirect may answer in its place.
func answering(target string) func(context.Context) error {
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       answersWithin,
	}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.StatusCode/100 != 2 {
			return fmt.Errorf("GET %s: answered %d, want 2xx", target, response.StatusCode)
		}
		return nil
	}
}

// listening is the probe of an endpoint without ready: its port takes
// connections.
func listening(target string) func(context.Context) error {
	return func(ctx context.Context) error {
		address, err := dialAddress(target)
		if err != nil {
			return err
		}
		d := net.Dialer{Timeout: answersWithin}
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

var errNoHost = errors.New("it names no host")

// dialAddress returns host and port of a URL.
func dialAddress(target string) (string, error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", err
	}
	if u.Hostname() == "" {
		return "", fmt.Errorf("url %q: %w", target, errNoHost)
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme // "http" and "https" are names of ports, too
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// tail is an io.Writer that keeps the newest bytes. It is safe for concurrent
// use.
type tail struct {
	mu   sync.Mutex
	kept []byte
	cut  bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - outputKept; over > 0 {
		t.kept, t.cut = append(t.kept[:0], t.kept[over:]...), true
	}
	return len(p), nil
}

// lines returns the newest n lines.
func (t *tail) lines(n int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimRight(string(t.kept), "\r\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	if t.cut && len(lines) > 1 {
		lines = lines[1:] // its beginning is lost
	}
	lines = lines[max(0, len(lines)-n):]
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, "\r")
	}
	return lines
}
