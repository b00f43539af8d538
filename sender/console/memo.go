package console

import "sync"

// memo remembers what takes a composed push to know, as long as there is room.
// It is safe for concurrent use.
type memo[K comparable, V any] struct {
	mu   sync.Mutex
	made map[K]V
}

// memoRoom is how much a memo remembers before it begins anew.
const memoRoom = 20_000

func (m *memo[K, V]) get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, found := m.made[key]
	return v, found
}

func (m *memo[K, V]) put(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil || len(m.made) >= memoRoom {
		m.made = make(map[K]V)
	}
	m.made[key] = value
}
