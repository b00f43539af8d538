package receiver

import (
	"crypto/sha256"
	"encoding/hex"
)

// rememberedIDs is how many event ids, and how many once_per keys, are known
// again; older ones are forgotten.
const rememberedIDs = 1 << 16

// memory knows the newest rememberedIDs keys again. The zero memory is empty.
type memory[V any] struct {
	known map[string]*V
	order []string // oldest first
}

func (m *memory[V]) knows(key string) bool { return m.known[short(key)] != nil }

// recall returns what is known of key; of a new key, a zero V that is kept.
func (m *memory[V]) recall(key string) *V {
	key = short(key)
	if v := m.known[key]; v != nil {
		return v
	}
	if m.known == nil {
		m.known = map[string]*V{}
	}
	if len(m.order) >= rememberedIDs {
		delete(m.known, m.order[0])
		m.order = m.order[1:]
	}
	v := new(V)
	m.known[key] = v
	m.order = append(m.order, key)
	return v
}

// short keeps a key of any length small: ids are chosen by strangers.
func short(key string) string {
	if len(key) <= 96 {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "sha256 " + hex.EncodeToString(sum[:])
}
