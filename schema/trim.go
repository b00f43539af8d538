package schema

import (
	"encoding/json"
	"errors"
	"fmt"
)

// SizeLimit is how large a push may be, in bytes of its body (fact
// "size_limit").
type SizeLimit struct {
	Guaranteed int `json:"guaranteed"`  // a larger body is trimmed; 0: nobody says
	BestEffort int `json:"best_effort"` // a larger one is dropped
}

// trimming is what is taken out of a body that is too large (facts "trim" and
// "trim_text").
type trimming struct {
	fields []trimmedField
	text   string // what stands there instead
}

// trimmedField is one member that is replaced, and the one that then says so.
type trimmedField struct{ pointer, flag pointer }

func readSizeLimit(raw json.RawMessage) (SizeLimit, error) {
	limit, err := exact[SizeLimit](raw)
	if err == nil && (limit.Guaranteed < 1 || limit.BestEffort < limit.Guaranteed) {
		err = errors.New("guaranteed, best_effort: numbers of bytes, the first not above the second, would do")
	}
	return limit, err
}

func readTrim(raw json.RawMessage) ([]trimmedField, error) {
	doc, err := exact[[]struct {
		Pointer string `json:"pointer"`
		Flag    string `json:"flag"`
	}](raw)
	if err != nil {
		return nil, err
	}
	var fields []trimmedField
	for _, one := range doc {
		pointers, err := parsePointers([]string{one.Pointer, one.Flag})
		if err != nil {
			return nil, err
		}
		fields = append(fields, trimmedField{pointers[0], pointers[1]})
	}
	return fields, nil
}

func readText(raw json.RawMessage) (text string, err error) {
	return text, json.Unmarshal(raw, &text)
}

// SizeLimit returns how large a push may be; it is zero where nobody says (fact
// "size_limit").
func (p *Profile) SizeLimit() SizeLimit { return p.rules.size }

// Trim takes out of a body what the platform leaves out of one that is too
// large: the members of fact "trim" that it has, with a text in their place and
// their flags true. It returns the pointers of what it replaced; none, and the
// body as it was, where there is nothing to replace.
func (p *Profile) Trim(body []byte) (trimmed []byte, replaced []string, err error) {
	root, err := parseTree(body)
	if err != nil {
		return nil, nil, fmt.Errorf("profile %s: trim: %w", p.ref, err)
	}
	for _, f := range p.rules.trim.fields {
		if n := root.at(f.pointer); n == nil || n.kind == kindNull {
			continue
		}
		root, _ = root.set(f.pointer, stringNode(p.rules.trim.text))
		root, _ = root.set(f.flag, &node{kind: kindBoolean, text: "true"})
		replaced = append(replaced, f.pointer.String())
	}
	if len(replaced) == 0 {
		return body, nil, nil
	}
	return root.appendTo(nil), replaced, nil
}
