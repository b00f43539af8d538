package receiver_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
)

func TestNamespacesDoNotMeet(t *testing.T) {
	n := receiver.NewNamespaces(2, func(string) *receiver.Receiver { return plain() })
	defer n.Close()
	post := func(path string) int {
		return serve(n, httptest.NewRequest("POST", path, strings.NewReader("x"))).Code
	}
	for path, name := range map[string]string{
		"/s/one": "one", "/s/one/": "one", "/s/one/a//b": "one", "/s/two.x-Y_1/s/one": "two.x-Y_1",
		"/": "", "/s/": "", "/s/.": "", "/s/../x": "", "/s/one%2Fb": "one", "//s/one": "", "/S/one": "", "/s/" + strings.Repeat("x", 65): "",
	} {
		before := uint64(0)
		if r := n.Get(name); r != nil {
			before = r.Journal().Total()
		}
		if code := post(path); code != 200 {
			t.Errorf("%s was answered %d", path, code)
		}
		if got := n.Get(name).Journal().Total() - before; got != 1 {
			t.Errorf("%s reached %q %d times, want once", path, name, got)
		}
	}
	if code := post("/s/three"); code != 503 {
		t.Errorf("one namespace too many was answered %d", code)
	}
	if _, err := n.Open("three"); !errors.Is(err, receiver.ErrNamespaceFull) {
		t.Errorf("Open() = %v", err)
	}
	if _, err := n.Open("a b"); !errors.Is(err, receiver.ErrNamespaceName) {
		t.Errorf("Open() = %v", err)
	}
	if diff := cmp.Diff([]string{"one", "two.x-Y_1"}, n.Names()); diff != "" {
		t.Errorf("Names() mismatch (-want +got):\n%s", diff)
	}
	if !n.Remove("one") || n.Remove("one") || n.Get("one") != nil {
		t.Error("Remove() does not remove once")
	}
	if code := post("/s/three"); code != 200 {
		t.Errorf("after Remove, a new namespace was answered %d", code)
	}
}

func TestAwaitSeesANamespaceComeIntoBeing(t *testing.T) {
	n := receiver.NewNamespaces(0, func(string) *receiver.Receiver { return plain() })
	got := make(chan *receiver.Receiver, 1)
	go func() {
		r, err := n.Await(soon(t), "late")
		if err != nil {
			t.Error(err)
		}
		got <- r
	}()
	made, err := n.Open("late")
	if err != nil {
		t.Fatal(err)
	}
	if r := <-got; r != made {
		t.Errorf("Await() gave another receiver")
	}
	if r, err := n.Await(context.Background(), ""); r != n.Root() || err != nil {
		t.Errorf("Await(root) = %v, %v", r, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := n.Await(context.Background(), "never")
		ended <- err
	}()
	n.Close()
	if err := <-ended; err != receiver.ErrClosed {
		t.Errorf("Await() after Close = %v", err)
	}
}
