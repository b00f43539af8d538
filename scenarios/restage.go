package scenarios

import (
	"embed"
	"maps"
)

// Restaged returns the story as it is told where its stage of that name is what
// change makes of it. change gets maps of its own, may be called more than once,
// and its error is returned. Without such a stage the story is returned as it is.
func (s *Scenario) Restaged(name string, change func(*Stage) error) (*Scenario, error) {
	stage, ok := s.Stages[name]
	if !ok {
		return s, nil
	}
	stage.Endpoints, stage.Effects = maps.Clone(stage.Endpoints), maps.Clone(stage.Effects)
	if err := change(&stage); err != nil {
		return nil, err
	}
	out := *s
	out.Stages = maps.Clone(s.Stages)
	out.Stages[name] = stage
	out.variants = nil
	for _, v := range s.variants {
		restaged, err := v.Restaged(name, change)
		if err != nil {
			return nil, err
		}
		out.variants = append(out.variants, restaged)
	}
	return &out, nil
}

// ProfilesFor returns the references of the profiles that r tells the story on, in
// their order; none where story, stage and r have none in common.
func (r Runner) ProfilesFor(s *Scenario) ([]string, error) {
	if r.Stage == "" {
		r.Stage = DefaultStage
	}
	if r.Profiles == nil {
		r.Profiles = embed.FS{} // none of the user's own
	}
	return r.profiles(s, s.Stages[r.Stage])
}
