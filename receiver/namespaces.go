package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"

	"github.com/gorilla/mux"
)

// DefaultMaxNamespaces bounds how many namespaces there are beside the root.
const DefaultMaxNamespaces = 256

// The errors of Namespaces.Open.
var (
	ErrNamespaceName = errors.New("a namespace's name is 1 to 64 letters, digits, '.', '_' or '-', and does not begin with '.'")
	ErrNamespaceFull = errors.New("no more namespaces: remove one first")
	ErrClosed        = errors.New("closed")
)

const namespacePattern = `[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}`

var namespaceName = regexp.MustCompile(`^` + namespacePattern + `$`)

// Namespaces are receivers side by side, so that parallel tests do not meet: a
// request below /s/NAME reaches the receiver of that name, every other one the
// root. Each has a journal and a behavior of its own. It is safe for concurrent
// use.
type Namespaces struct {
	make   func(name string) *Receiver
	most   int
	root   *Receiver
	router *mux.Router

	mu     sync.Mutex
	byName map[string]*Receiver
	came   chan struct{} // closed and replaced when a namespace comes into being
	closed bool
}

// NewNamespaces returns namespaces whose receivers newReceiver makes on first
// use, most of them beside the root at the same time (0 is
// DefaultMaxNamespaces). The root is made at once, with the name "".
func NewNamespaces(most int, newReceiver func(name string) *Receiver) *Namespaces {
	if most <= 0 {
		most = DefaultMaxNamespaces
	}
	n := &Namespaces{make: newReceiver, most: most, root: newReceiver(""), byName: map[string]*Receiver{}, came: make(chan struct{})}
	// SkipClean: a mock must see //path as it was sent
	n.router = mux.NewRouter().SkipClean(true)
	n.router.Handle("/s/{name:"+namespacePattern+"}", http.HandlerFunc(n.serve))
	n.router.PathPrefix("/s/{name:" + namespacePattern + "}/").HandlerFunc(n.serve)
	n.router.NotFoundHandler = n.root
	n.router.MethodNotAllowedHandler = n.root
	return n
}

// ServeHTTP hands the request to the receiver of its path.
func (n *Namespaces) ServeHTTP(w http.ResponseWriter, r *http.Request) { n.router.ServeHTTP(w, r) }

func (n *Namespaces) serve(w http.ResponseWriter, r *http.Request) {
	receiver, err := n.Open(mux.Vars(r)["name"])
	if err != nil {
		w.Header().Set("Connection", "close")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	receiver.ServeHTTP(w, r)
}

// Root returns the receiver of every path that names no namespace.
func (n *Namespaces) Root() *Receiver { return n.root }

// Get returns the receiver of that name, nil when there is none yet; "" is the
// root.
func (n *Namespaces) Get(name string) *Receiver {
	if name == "" {
		return n.root
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byName[name]
}

// Open is Get, and makes the receiver when there is none yet.
func (n *Namespaces) Open(name string) (*Receiver, error) {
	if name == "" {
		return n.root, nil
	}
	if err := CheckNamespace(name); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.byName[name]
	switch {
	case r != nil:
		return r, nil
	case n.closed:
		return nil, fmt.Errorf("namespace %q: %w", name, ErrClosed)
	case len(n.byName) >= n.most:
		return nil, fmt.Errorf("namespace %q is one more than %d: %w", name, n.most, ErrNamespaceFull)
	}
	r = n.make(name)
	n.byName[name] = r
	close(n.came)
	n.came = make(chan struct{})
	return r, nil
}

// Await returns the receiver of that name once there is one.
func (n *Namespaces) Await(ctx context.Context, name string) (*Receiver, error) {
	for {
		n.mu.Lock()
		r, came, closed := n.byName[name], n.came, n.closed
		n.mu.Unlock()
		switch {
		case name == "":
			return n.root, nil
		case r != nil:
			return r, nil
		case closed:
			return nil, ErrClosed
		}
		select {
		case <-came:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Names returns the names of the namespaces, sorted, without the root.
func (n *Namespaces) Names() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	names := make([]string, 0, len(n.byName))
	for name := range n.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CheckNamespace returns ErrNamespaceName of a name that no namespace can have.
func CheckNamespace(name string) error {
	if !namespaceName.MatchString(name) {
		return fmt.Errorf("namespace %q: %w", name, ErrNamespaceName)
	}
	return nil
}

// Full reports whether no more namespaces can be made.
func (n *Namespaces) Full() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.byName) >= n.most
}

// Remove closes and forgets the namespace; the next request makes a new one.
// It reports whether there was one.
func (n *Namespaces) Remove(name string) bool {
	n.mu.Lock()
	r := n.byName[name]
	delete(n.byName, name)
	n.mu.Unlock()
	if r == nil {
		return false
	}
	_ = r.Close() // always nil
	return true
}

// Close closes every receiver, the root included.
func (n *Namespaces) Close() error {
	n.mu.Lock()
	all := []*Receiver{n.root}
	for _, r := range n.byName {
		all = append(all, r)
	}
	if !n.closed {
		n.closed = true
		close(n.came)
	}
	n.mu.Unlock()
	var err error
	for _, r := range all {
		err = errors.Join(err, r.Close())
	}
	return err
}
