package scenarios

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// TestWhoseTimeOutItIs looks from inside: that a mock has answered in time and its
// sender has not read it cannot be brought about at will.
func TestWhoseTimeOutItIs(t *testing.T) {
	const ms = time.Millisecond
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	attempt := func(phase sender.Phase) sender.Attempt {
		return sender.Attempt{
			Started: began, Deadline: 500 * ms, Outcome: sender.Outcome{Kind: sender.Timeout, Phase: phase},
			Local: netip.MustParseAddrPort("127.0.0.1:40001"), Remote: netip.MustParseAddrPort("127.0.0.1:40002"),
		}
	}
	side := func(d receiver.Done) *Pair {
		return &Pair{Endpoint: "restart", Entry: receiver.Entry{Arrived: began.Add(10 * ms), Done: d}}
	}
	tests := map[string]struct {
		attempt sender.Attempt
		side    *Pair
		want    string
	}{
		"nothing of it reached a mock":                 {attempt(sender.PhaseConnect), nil, "timeout in connect, and nothing of it has reached the mock"},
		"the mock had answered long before":            {attempt(sender.PhaseHeaders), side(receiver.Done{HeadersAt: 40 * ms}), "timeout in headers, and restart had answered 450 ms before"},
		"the mock answered within the margin":          {attempt(sender.PhaseHeaders), side(receiver.Done{HeadersAt: 450 * ms}), ""},
		"the mock answered late":                       {attempt(sender.PhaseHeaders), side(receiver.Done{HeadersAt: 600 * ms}), ""},
		"the mock answered late, by our own lateness":  {attempt(sender.PhaseHeaders), side(receiver.Done{HeadersAt: 600 * ms, Difference: 400 * ms}), "timeout in headers, and restart had answered 290 ms before"},
		"the mock was told to hang":                    {attempt(sender.PhaseHeaders), side(receiver.Done{Ended: receiver.EndedHung}), ""},
		"the mock had closed the connection":           {attempt(sender.PhaseHeaders), side(receiver.Done{Ended: receiver.EndedClosed}), "timeout in headers, and restart had ended the connection"},
		"the mock's body ended long before":            {attempt(sender.PhaseBody), side(receiver.Done{Ended: receiver.EndedAnswered, HeadersAt: 20 * ms, BodyAt: 90 * ms}), "timeout in body, and restart had answered 400 ms before"},
		"the mock's body was not to end, headers came": {attempt(sender.PhaseBody), side(receiver.Done{Ended: receiver.EndedHung, HeadersAt: 20 * ms}), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := &play{watch: newWatch()}
			if got := p.tooSlow(tt.attempt, tt.side); got != tt.want {
				t.Errorf("tooSlow() = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWhatASlowMachineDoesToAVerdict holds the doubt to failures of mocks alone.
func TestWhatASlowMachineDoesToAVerdict(t *testing.T) {
	const why = "line 3: timeout in headers, and restart had answered 450 ms before"
	tests := map[string]struct {
		verdict Verdict
		real    bool
		want    string
	}{
		"a failure against mocks is in doubt":          {Failed, false, why},
		"a pass is not":                                {Passed, false, ""},
		"a failure against a real endpoint is its own": {Failed, true, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := new(stalls).doubt(Result{Verdict: tt.verdict, slow: why}, tt.real); got != tt.want {
				t.Errorf("doubt() = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAFaultOfTheDialerIsNotThisMachine tells attempts that the story asked to
// fail from those behind them.
func TestAFaultOfTheDialerIsNotThisMachine(t *testing.T) {
	ended := func(kind sender.Kind, phase sender.Phase) sender.Attempt {
		return sender.Attempt{
			Number: 1, Deadline: time.Second, Outcome: sender.Outcome{Kind: kind, Phase: phase}, Local: netip.MustParseAddrPort("127.0.0.1:40001"),
		}
	}
	lost := func(number int) sender.Attempt {
		a := ended(sender.Timeout, sender.PhaseConnect)
		a.Number = number
		return a
	}
	tests := map[string]struct {
		fault sender.DialFault
		made  []sender.Attempt
		want  string
	}{
		"the first was to fail":                 {sender.DialFault{Kind: sender.DialDroppedSYN, First: 1}, []sender.Attempt{lost(1)}, ""},
		"the second was not":                    {sender.DialFault{Kind: sender.DialDroppedSYN, First: 1}, []sender.Attempt{lost(1), lost(2)}, "line 7: timeout in connect, and nothing of it has reached the mock"},
		"all were to fail":                      {sender.DialFault{Kind: sender.DialDroppedSYN}, []sender.Attempt{lost(1), lost(2)}, ""},
		"none was to fail, and the one did":     {sender.DialFault{}, []sender.Attempt{lost(1)}, "line 7: timeout in connect, and nothing of it has reached the mock"},
		"a mock gave up waiting for it":         {sender.DialFault{}, []sender.Attempt{ended(sender.Closed, sender.PhaseWrite)}, "line 7: closed in write, and nothing of it has reached the mock"},
		"a certificate is not a matter of time": {sender.DialFault{}, []sender.Attempt{ended(sender.CertExpired, sender.PhaseTLS)}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := sender.Delivery{Press: sender.Press{Fault: tt.fault}, Attempts: tt.made}
			p := &play{watch: newWatch()}
			if got := p.slow(&Result{Steps: []StepResult{{Line: 7, Deliveries: []sender.Delivery{d}}}}); got != tt.want {
				t.Errorf("slow() = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAFrozenMachineFailsNobody holds the doubt to the step that failed.
func TestAFrozenMachineFailsNobody(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	steps := []StepResult{
		{Line: 3, Verdict: Passed, Started: began, Took: 5 * time.Second},
		{Line: 4, Verdict: Failed, Started: began.Add(5 * time.Second), Took: 5 * time.Second},
	}
	tests := map[string]struct {
		stall stall
		real  bool
		want  string
	}{
		"while it failed":                       {stall{began.Add(8 * time.Second), 2 * time.Second}, false, "line 4: this machine stood still for 2 s, so what is missing may only be late; try it on a machine with more room"},
		"before, in a step that passed":         {stall{began.Add(4 * time.Second), 2 * time.Second}, false, ""},
		"too short to have given up anything":   {stall{began.Add(8 * time.Second), time.Second}, false, ""},
		"what is real is late by its own doing": {stall{began.Add(8 * time.Second), 2 * time.Second}, true, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &stalls{list: []stall{tt.stall}}
			if got := s.doubt(Result{Verdict: Failed, Steps: steps}, tt.real); got != tt.want {
				t.Errorf("doubt() = %q, want %q", got, tt.want)
			}
		})
	}
}
