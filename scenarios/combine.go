package scenarios

// combinations returns the story once for each combination of its matrix, the
// story itself when it has none. Positions are those of the one file.
func (s *Scenario) combinations() []*Scenario {
	if s.variants == nil {
		return []*Scenario{s}
	}
	return s.variants
}
