package schema

import "slices"

// stage is a part of a composition: names, and then what depends on them.
type stage struct {
	names   []*name      // what holds others first
	derived []derivation // in the profile's order
}

// divide tells what presses about one incident share from what each has of its
// own: the names of scope press that are made, and what depends on them.
func (f *pushForm) divide() {
	var late []piece
	for _, d := range f.derived {
		switch {
		case derivations[d.Func].early:
			f.early = append(f.early, d)
		case len(d.links) > 0:
			for i := range d.links { // each for itself
				one := d
				one.links = d.links[i : i+1]
				late = append(late, f.piece(one))
			}
		default:
			late = append(late, f.piece(d))
		}
	}
	f.divideNames()
	for _, n := range f.own.names {
		f.ownPlaces = append(f.ownPlaces, n.pointers...)
	}
	for i := range late {
		p, s := &late[i], &f.shared
		if p.own = p.follows(f.ownPlaces, late[:i]); p.own {
			s, f.ownPlaces = &f.own, append(f.ownPlaces, p.writes...)
		}
		s.derived = joined(s.derived, p.derivation)
	}
	for _, list := range [...][]derivation{f.shared.derived, f.own.derived} {
		for i := range list {
			list[i].ids = list[i].idsInLinks(f)
		}
	}
}

// divideNames makes own those that have a new value with every press, unless one
// that presses share holds them or is in them.
func (f *pushForm) divideNames() {
	own := make(map[*name]bool)
	for _, n := range f.names {
		own[n] = f.isNew(n)
	}
	for again := true; again; {
		again = false
		for _, n := range f.names {
			if own[n] && slices.ContainsFunc(f.names, func(other *name) bool { return !own[other] && meet(other.pointers, n.pointers) }) {
				own[n], again = false, true
			}
		}
	}
	for _, n := range byDepth(f.names) {
		s := &f.shared
		if own[n] {
			s = &f.own
		}
		s.names = append(s.names, n)
	}
}

// isNew reports whether n has a new value with every press that gives none, and no time
// of what they share keeps its distance from it.
func (f *pushForm) isNew(n *name) bool {
	return n.scope == ScopePress && n.mint != nil && !slices.ContainsFunc(f.early, func(d derivation) bool { return d.Name == n.key })
}

// piece is a derivation, or one link of it, with the places that it looks at and those
// that it changes.
type piece struct {
	derivation
	reads, writes []pointer
	own           bool // it runs for each press
}

func (f *pushForm) piece(d derivation) piece {
	return piece{derivation: d, reads: d.reads(f), writes: d.writes()}
}

// follows reports whether p can only run after what each press has of its own is
// written: it reads or overwrites that, or overwrites what one before it reads.
func (p *piece) follows(own []pointer, before []piece) bool {
	return meet(p.reads, own) || meet(p.writes, own) ||
		slices.ContainsFunc(before, func(other piece) bool { return other.own && meet(p.writes, other.reads) })
}

// joined appends d, or its link to the links of the same derivation.
func joined(list []derivation, d derivation) []derivation {
	if n := len(list); n > 0 && len(d.links) > 0 && len(list[n-1].links) > 0 && list[n-1].Name == d.Name && slices.Equal(list[n-1].Members, d.Members) {
		list[n-1].links = append(slices.Clip(list[n-1].links), d.links...)
		return list
	}
	return append(list, d)
}
