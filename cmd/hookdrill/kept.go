package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/hookdrill/hookdrill/scenarios/report"
)

// keptState is the file of --state: a snapshot of each platform's console, by the
// platform's name. Those that are not served this time stay in it.
type keptState struct {
	heading
	Consoles map[string]json.RawMessage `json:"consoles"`
	Buttons  map[string][]keptButton    `json:"buttons,omitempty"`

	path string
}

// keptButton is the id by which a platform's API knew a button: it stays, though
// ids depend on luck where no seed is given.
type keptButton struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	ID    string `json:"id"`
}

// readState reads the file at path; none there is none kept.
func readState(path string) (keptState, error) {
	kept := keptState{path: path, Consoles: map[string]json.RawMessage{}, Buttons: map[string][]keptButton{}}
	if path == "" {
		return kept, nil
	}
	switch there, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return kept, nil
	case err == nil && !there.Mode().IsRegular(): // a device may have no end
		return kept, usageError("--state %s: is no file that a state can be kept in", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return kept, usageError("--state: cannot read: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&kept); err != nil {
		return kept, usageError("--state %s:%d: %w", path, lineOf(text, decoder, err), err)
	}
	if rest := bytes.TrimSpace(text[decoder.InputOffset():]); len(rest) > 0 {
		return kept, usageError("--state %s:%d: something follows the state", path, lineAt(text, decoder.InputOffset()+1))
	}
	if kept.Type != "state" || kept.Version != report.Version {
		return kept, usageError("--state %s:1: found type %q and version %d; hookdrill console writes \"state\" and %d", path, kept.Type, kept.Version, report.Version)
	}
	return kept, nil
}

// lineOf is the line that an error of encoding/json is about.
func lineOf(text []byte, decoder *json.Decoder, err error) int {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return lineAt(text, syntax.Offset)
	case errors.As(err, &mistyped):
		return lineAt(text, mistyped.Offset)
	}
	return lineAt(text, decoder.InputOffset())
}

func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}

// restore puts a board's console where it was, if something is kept of it.
func (k keptState) restore(b *board) error {
	snapshot, found := k.Consoles[b.platform]
	if !found {
		return nil
	}
	if err := k.rename(b); err != nil {
		return lookError(fmt.Errorf("--state %s: %w", k.path, err))
	}
	if err := b.console.Load(snapshot); err != nil {
		return usageError("--state %s: /consoles/%s: %w", k.path, b.platform, err)
	}
	for _, one := range k.Buttons[b.platform] {
		action, found := b.registry.Action(one.Name)
		if !found || action.ID != "" || action.Label != one.Label {
			continue
		}
		action.ID = one.ID
		if err := b.registry.Replace(one.Name, action); err != nil {
			return usageError("--state %s: /buttons/%s: %w", k.path, b.platform, err)
		}
	}
	return nil
}

// rename gives each button of --action the name that the one of its label had the
// last time, whatever their order is now: by it the timeline tells what was pressed.
func (k keptState) rename(b *board) error {
	actions := b.registry.Actions()
	kept := map[string]string{} // names by labels
	for _, one := range k.Buttons[b.platform] {
		kept[one.Label] = one.Name
	}
	taken := map[string]bool{}
	renamed := make([]bool, len(actions))
	for n := range actions {
		if name := kept[actions[n].Label]; name != "" && !taken[name] {
			actions[n].Name, taken[name], renamed[n] = name, true, true
		}
	}
	for n, next := 0, 0; n < len(actions); n++ {
		for !renamed[n] {
			name := buttonAt(next)
			next++
			if !taken[name] {
				actions[n].Name, renamed[n] = name, true
			}
		}
	}
	for _, one := range b.registry.Actions() {
		if err := b.registry.Remove(one.Name); err != nil {
			return err
		}
	}
	for _, one := range actions {
		if err := b.registry.Add(one); err != nil {
			return err
		}
	}
	return nil
}

// seed is the seed to go on with: the same one would make the ids of the last time
// again.
func (k keptState) seed(b *board, seed uint64) uint64 {
	var before struct {
		Number uint64 // of entries on the timeline
	}
	if seed == 0 || json.Unmarshal(k.Consoles[b.platform], &before) != nil {
		return seed
	}
	return max(1, seed+before.Number)
}

func (b *board) keptButtons() []keptButton {
	var list []keptButton
	for _, action := range b.registry.Actions() {
		if id, err := b.console.ActionID(action.Name); err == nil {
			list = append(list, keptButton{action.Name, action.Label, id})
		}
	}
	return list
}

// store writes the state of every console to the file, whole or not at all.
func (d *desk) store() error {
	if d.kept.path == "" {
		return nil
	}
	d.kept.heading = heading{report.Version, "state"}
	for _, b := range d.boards {
		snapshot, err := b.console.State()
		if err != nil {
			return lookError(err)
		}
		d.kept.Consoles[b.platform] = snapshot
		d.kept.Buttons[b.platform] = b.keptButtons()
	}
	var text bytes.Buffer
	if err := report.WriteJSON(&text, d.kept, true); err != nil {
		return lookError(fmt.Errorf("--state %s: %w", d.kept.path, err))
	}
	if err := writeWhole("--state", d.kept.path, text.Bytes(), 0o600); err != nil {
		return lookError(err)
	}
	return nil
}
