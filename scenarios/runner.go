package scenarios

import (
	"cmp"
	"context"
	"embed"
	"io/fs"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/rs/zerolog"
)

// Runner carries out stories. The zero Runner is useful: stage "mock", every
// profile of each story, one story at a time. It is safe for concurrent use.
type Runner struct {
	Stage     string                                  // "" is DefaultStage
	Only      []string                                // profiles: run no others
	Profiles  fs.FS                                   // a user's own profiles; nil: ours alone
	Assume    map[string]string                       // fact -> alternative, over the story's
	Deadline  time.Duration                           // in place of the documented one and the story's; 0: theirs
	Linger    time.Duration                           // read on for so long after a deadline, to learn how late an answer is; verdicts stay
	Seed      uint64                                  // 0: chosen and told in Run.Seed
	Now       func() time.Time                        // the clock of what is pressed; nil: time.Now
	Parallel  int                                     // stories at a time; 0: one. Where an endpoint is real, or the console's address is given, it is always one
	Repeat    int                                     // 0: once. Each repetition has the next seed
	FailFast  bool                                    // begin nothing after the first failure
	AllowExec bool                                    // run commands that a story brings along
	Twins     bool                                    // run the broken twins in place of the stories: each passes when it fails as it should
	UntilLine int                                     // run the steps up to and including the one that holds this line; 0: all
	Logger    zerolog.Logger                          //
	Getenv    func(string) (string, bool)             // where the sender looks for proxy variables; nil: nothing is set
	Listen    func(addr string) (net.Listener, error) // makes what a mock or a console listens on, which it then owns; nil: TCP
	Network   sender.Network                          // makes every connection of a story; nil: the system's. Who gives one gives Listen, too
	Virtual   bool                                    // time is that of a testing/synctest bubble, on a Network in memory: nothing is started, and this machine is never too slow
	OnSeats   func(map[string]string)                 // called in each turn with the endpoints' URLs, by name, and the console's as "console", before anything is pressed
	OnResult  func(Result)                            // called once for each result, in order of completion, never at the same time
	Version   string                                  //
	Command   string                                  // how the report's "again" line begins; "" is DefaultCommand

	shelf *shelf // of the run that goes on
}

// shelf keeps the profiles that a run has opened: reading one and compiling its
// schema takes longer than a story. It is safe for concurrent use.
type shelf struct {
	own    fs.FS
	mu     sync.Mutex
	opened map[string]*schema.Profile
}

// open returns the profile that ref names.
func (s *shelf) open(ref string) (*schema.Profile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.opened[ref]; ok {
		return p, nil
	}
	p, err := schema.OpenFS(s.own, ref)
	if err != nil {
		return nil, err
	}
	s.opened[ref] = p
	return p, nil
}

// The defaults of Runner: mock against mock, and the command that runs a
// project's stories.
const (
	DefaultStage   = "mock"
	DefaultCommand = "hookdrill run"
)

// Run carries out list and judges it. A canceled ctx ends it with what was
// judged so far and Interrupted set.
func (r Runner) Run(ctx context.Context, list []*Scenario) Run {
	r.Stage = cmp.Or(r.Stage, DefaultStage)
	r.Command = cmp.Or(r.Command, DefaultCommand)
	if r.Seed == 0 {
		r.Seed = uint64(rand.Uint32N(1<<31-1)) + 1 // short enough to be typed again
	}
	if r.Profiles == nil {
		r.Profiles = embed.FS{} // none of the user's own
	}
	r.shelf = &shelf{own: r.Profiles, opened: map[string]*schema.Profile{}}
	run := Run{Version: r.Version, Seed: r.Seed, Stage: r.Stage, UnderTest: r.underTest(list), Started: time.Now()}
	run.Results = r.carryOut(ctx, r.plan(list))
	run.Interrupted = ctx.Err() != nil
	run.Took = time.Since(run.Started)
	return run
}

// carryOut does the turns, as many at a time as r says, and returns their
// results in the order of the turns.
func (r Runner) carryOut(ctx context.Context, turns []*turn) []Result {
	begin, stop := context.WithCancelCause(ctx) // what has begun goes on when a failure stops the rest
	defer stop(nil)
	results := make([]Result, len(turns))
	still, rest := r.watchStalls()
	defer rest()
	var alone sync.RWMutex // held for writing where an endpoint is real
	var telling sync.Mutex
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(max(r.Parallel, 1), len(turns)) {
		workers.Go(func() {
			for i := range next {
				lock := alone.RLocker()
				if turns[i].alone() {
					lock = &alone
				}
				lock.Lock()
				results[i] = r.judged(ctx, begin, turns[i], still)
				lock.Unlock()
				telling.Lock()
				if r.FailFast && (results[i].Verdict == Failed || results[i].Verdict == Errored) {
					stop(errFailedFast)
				}
				if r.OnResult != nil {
					r.OnResult(results[i])
				}
				telling.Unlock()
			}
		})
	}
	for i := range turns {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}
