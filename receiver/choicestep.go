package receiver

import (
	"fmt"
	"strconv"
	"strings"
)

// choice reads one for some and one for the others.
func (p *parser) choice() (Behavior, error) {
	var c choice
	var err error
	if p.at++; p.words[p.at-1].text == "every" {
		c.every, err = p.number("every", 1, maxFirst)
	} else {
		c.chance, err = p.percent("chance")
	}
	if p.nested++; p.nested > maxChoices {
		err = p.wrong(p.words[p.at-1], fmt.Sprintf("more than %d choices", maxChoices), "")
	}
	if err != nil {
		return nil, err
	}
	if c.then, err = p.one(); err != nil {
		return nil, err
	}
	if next := p.peek(); next.text != "else" {
		return nil, p.wrong(next, "and what for the others?", `add "else status 200"`)
	}
	p.at++
	c.not, err = p.one()
	return c, err
}

// quota reads a behavior for so many requests in each span of time.
func (p *parser) quota() (Behavior, error) {
	p.at++
	q := &quota{}
	var err error
	if q.most, err = p.number("limit", 1, maxFirst); err != nil {
		return nil, err
	}
	if per := p.peek(); per.text != "per" {
		return nil, p.wrong(per, "limit of how many in what time?", `"limit 2 per 30s status 200" would do`)
	}
	p.at++
	if q.per, err = p.duration("a limit"); err != nil {
		return nil, err
	}
	begin := p.peek()
	if q.then, err = p.one(); err == nil && takesConnections(q.then) {
		return nil, p.wrong(begin, "a limit of connections", "it counts requests: what it limits is in HTTP")
	}
	return q, err
}

// fault reads the behavior of a fault that has a name.
func (p *parser) fault() (Behavior, error) {
	name := p.peek()
	var known []string
	for _, f := range faults {
		switch {
		case f.Behavior == "":
			continue
		case f.Name == name.text:
			p.at++
			return ParseBehavior(f.Behavior)
		}
		known = append(known, f.Name)
	}
	hint := "hookdrill faults lists them"
	if near := nearest(name.text, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, p.wrong(name, fmt.Sprintf("%q is no fault of an answer", name.text), hint)
}

// percent reads how many of 100, as "10%".
func (p *parser) percent(of string) (float64, error) {
	w := p.peek()
	digits, ok := strings.CutSuffix(w.text, "%")
	f, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || !(f >= 0 && f <= 100) || strings.IndexFunc(digits, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }) >= 0 {
		return 0, p.wrong(w, fmt.Sprintf("%q after %q", w.text, of), "10% or 0.5% would do")
	}
	p.at++
	return f, nil
}
