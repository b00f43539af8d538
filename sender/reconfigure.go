package sender

import (
	"fmt"
	"slices"
)

// Replace puts a in the place of the action of that name, or changes nothing and
// says which limit it breaks. It is the same action to the platform: its id and
// its name, whatever a.Name says, stay. A press that is under way goes on as it
// began.
func (r *Registry) Replace(name string, a Action) error {
	a.Name = name
	a, template, err := r.ready(a)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.find(name)
	if i < 0 {
		return breaks(ErrUnknownAction, "no such action: %q", name)
	}
	others := slices.Delete(slices.Clone(r.actions), i, i+1)
	if err := r.checkRoom(a, others); err != nil {
		return fmt.Errorf("action %q: %w", name, err)
	}
	r.actions[i] = a
	r.setTemplate(name, template)
	return nil
}

// Remove takes the action of that name away: there is room for another.
func (r *Registry) Remove(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.find(name)
	if i < 0 {
		return breaks(ErrUnknownAction, "no such action: %q", name)
	}
	r.actions = slices.Delete(r.actions, i, i+1)
	r.setTemplate(name, nil)
	return nil
}
