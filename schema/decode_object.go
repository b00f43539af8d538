package schema

func (r *reader) object() (any, bool) {
	if !r.open(step{index: noStep}) {
		return nil, false
	}
	base := len(r.members)
	folds := false
	if r.close('}') {
		return r.collect(nil, false), true
	}
	for {
		r.space()
		if r.pos == len(r.src) || r.src[r.pos] != '"' {
			return nil, r.broken("a name in double quotes")
		}
		at := r.pos
		// The name is not known yet: a violation in it is its object's.
		r.path[len(r.path)-1].index = noStep
		name, f, ok := r.text()
		if !ok {
			return nil, false
		}
		r.path[len(r.path)-1] = step{name: name, index: inObject}
		if !r.after(':') {
			return nil, r.broken("a colon")
		}
		r.space()
		v, ok := r.value()
		if !ok {
			return nil, false
		}
		folds = folds || f
		r.members = append(r.members, member{name, v, at, f})
		if r.after(',') {
			continue
		}
		if r.close('}') {
			break
		}
		r.path[len(r.path)-1].index = noStep
		return nil, r.broken("a comma or '}'")
	}
	m := r.collect(r.members[base:], folds)
	r.members = r.members[:base]
	return m, true
}

// collect makes the object; of members with the same name the last one stays,
// as with most decoders.
func (r *reader) collect(ms []member, folds bool) any {
	if r.ordered {
		return r.inOrder(ms)
	}
	return r.byName(ms, folds)
}

// inOrder makes the object as a node. What cannot stand in one, text that is no
// UTF-8, was found when it was read.
func (r *reader) inOrder(ms []member) *node {
	object := &node{kind: kindObject, fields: make([]field, 0, len(ms))}
	for _, m := range ms {
		if value, err := toNode(m.value); err == nil {
			object.fields = append(object.fields, field{m.name, value})
		}
	}
	r.byName(ms, false)
	return object
}

func (r *reader) byName(ms []member, folds bool) map[string]any {
	object := r.newObject(len(ms))
	for i, m := range ms {
		object[m.name] = m.value
		if len(object) <= i {
			r.twice(ms, folds)
			for _, m := range ms[i:] {
				object[m.name] = m.value
			}
			return object
		}
	}
	if folds {
		r.twice(ms, folds)
	}
	return object
}

// twice flags the names that stand more than once, or equal an earlier one but
// for case: encoding/json lets either overwrite the other.
func (r *reader) twice(ms []member, folds bool) {
	seen := make(map[string]string, len(ms))
	for _, m := range ms {
		key := m.name
		if folds && m.folds {
			key = fold(key)
		}
		first, known := seen[key]
		switch {
		case !known:
			seen[key] = m.name
		case r.found.full():
			r.found.skip(1, r.flag)
		case first == m.name:
			r.again(m, "name "+quote(m.name)+" again", "each name once")
		default:
			r.again(m, "name "+quote(m.name)+" beside "+quote(first),
				"names that differ in more than case: many decoders take them for one")
		}
	}
}

func (r *reader) again(m member, what, documented string) {
	r.found.add(Violation{
		Rule: "duplicate_name", Severity: r.flag, Pointer: r.pointer() + "/" + escapeToken.Replace(m.name), Found: what,
		Documented: documented, Source: rfcJSON + " section 4", Offset: int64(m.at),
	})
}

// lender returns a reader that takes back, with free, the objects of what it has
// read. The next body is likely to be made like this one: each object is used again
// for the one that ends in its place.
func lender() *reader {
	r := readers.Get().(*reader)
	r.lends = true
	return r
}

// newObject returns an empty object with room for n members.
func (r *reader) newObject(n int) map[string]any {
	if !r.lends {
		return make(map[string]any, n)
	}
	if r.lent == len(r.objects) {
		r.objects = append(r.objects, make(map[string]any, n))
	}
	r.lent++
	return r.objects[r.lent-1]
}
