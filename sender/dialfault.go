package sender

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"time"
)

// DialFault is what the dialer does in place of connecting: what no endpoint can
// do to a client, since nobody has to be there for it. It is never said to be
// the network's doing.
type DialFault struct {
	Kind  DialFaultKind // "" is none
	First int           // so many attempts, from the first; 0: every one
}

// DialFaultKind names a fault of the dialer.
type DialFaultKind string

// The kinds. Each ends with the error that the system's dialer would return.
const (
	DialDroppedSYN DialFaultKind = "dropped_syn"  // it sends nothing, and waits
	DialNoSuchHost DialFaultKind = "no_such_host" // it finds no such name, and asks nobody
	DialRefused    DialFaultKind = "refused"      // it refuses in the place of the port
	DialSilentDNS  DialFaultKind = "silent_dns"   // it asks for the name, and nobody answers
	DialNoRoute    DialFaultKind = "unreachable"  // it finds no way to the host
)

// DialFaultKinds returns the kinds in alphabetical order.
func DialFaultKinds() []DialFaultKind {
	var out []DialFaultKind
	for _, f := range dialFaults {
		out = append(out, f.kind)
	}
	return out
}

// dialFault is one kind of fault.
type dialFault struct {
	kind  DialFaultKind
	does  string // of the dialer, in a sentence
	did   string // the same of one attempt, before the address
	ends  Kind
	phase Phase // in which it ends
	dial  func(ctx context.Context, address string) error
}

// dialFaults are sorted by their kinds.
var dialFaults = []dialFault{
	{DialDroppedSYN, "sends no SYN", "dropped the SYN to", Timeout, PhaseConnect, dropSYN},
	{DialNoSuchHost, "finds no such host", "found no such host as that of", NotFound, PhaseDNS, findNoHost},
	{DialRefused, "refuses to connect", "refused to connect to", Refused, PhaseConnect, failWith(errConnectRefused)},
	{DialSilentDNS, "gets no answer from a name server", "got no answer from a name server about", Timeout, PhaseDNS, loseName},
	{DialNoRoute, "finds no way to the host", "found no way to the host of", Unreachable, PhaseConnect, failWith(errUnreachable)},
}

// DialFaultInfo is what a person needs to know of one kind.
type DialFaultInfo struct {
	Kind    DialFaultKind
	Does    string  // "sends no SYN"
	Outcome Outcome // of the attempt
}

// DialFaults returns what there is to know, in the order of DialFaultKinds.
func DialFaults() []DialFaultInfo {
	var out []DialFaultInfo
	for _, f := range dialFaults {
		out = append(out, DialFaultInfo{f.kind, f.does, Outcome{f.ends, f.phase}})
	}
	return out
}

// Reaches reports whether the fault is in the attempt of that number, from 1.
func (f DialFault) Reaches(attempt int) bool { return f.of(attempt) != nil }

// of returns what the fault does to the attempt of that number, nil for nothing.
func (f DialFault) of(attempt int) *dialFault {
	i := slices.IndexFunc(dialFaults, func(one dialFault) bool { return one.kind == f.Kind })
	if i < 0 || f.First > 0 && attempt > f.First {
		return nil
	}
	return &dialFaults[i]
}

// check refuses a fault that there is not.
func (f DialFault) check() error {
	switch kinds := DialFaultKinds(); {
	case f.Kind != "" && !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("fault %q of the dialer: one of %v would do", f.Kind, kinds)
	case f.First < 0:
		return fmt.Errorf("fault %s of the first %d attempts: below zero; 0 is every attempt", f.Kind, f.First)
	}
	return nil
}

// whose says of which attempts the fault is.
func (f DialFault) whose() string {
	switch f.First {
	case 0:
		return "every attempt"
	case 1:
		return "the first attempt"
	}
	return "the first " + count(f.First, "attempt")
}

// hesitate waits for d. Its error is that of a dial which took too long.
func hesitate(ctx context.Context, d time.Duration, address string) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return lost(address)
	}
}

func dropSYN(ctx context.Context, address string) error {
	<-ctx.Done()
	return lost(address)
}

// lost is the error of a dial that nobody answered in time.
func lost(address string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: undialed(address), Err: os.ErrDeadlineExceeded}
}

func findNoHost(_ context.Context, address string) error {
	return unresolved(net.DNSError{Err: "no such host", Name: hostIn(address), IsNotFound: true})
}

func loseName(ctx context.Context, address string) error {
	<-ctx.Done()
	return unresolved(net.DNSError{Err: os.ErrDeadlineExceeded.Error(), Name: hostIn(address), IsTimeout: true})
}

func unresolved(err net.DNSError) error { return &net.OpError{Op: "dial", Net: "tcp", Err: &err} }

func hostIn(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

func failWith(err error) func(context.Context, string) error {
	return func(_ context.Context, address string) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: undialed(address), Err: err}
	}
}

// undialed is an address to which nothing was sent.
type undialed string

func (undialed) Network() string  { return "tcp" }
func (u undialed) String() string { return string(u) }
