package sender

import "io"

// headReader is what answers are read through. It tells when the first byte
// came, gives up when the heads are longer than left, and keeps how the stream
// ended.
type headReader struct {
	r     io.Reader
	left  int
	first func()
	again func(error) bool // whether to read once more after an error; nil: never
	began [2]byte
	last  byte
	err   error
}

func (h *headReader) Read(p []byte) (int, error) {
	if h.left <= 0 {
		return 0, errHeadTooLarge
	}
	n, err := h.r.Read(p)
	if n == 0 && err != nil && h.again != nil && h.again(err) {
		n, err = h.r.Read(p)
	}
	if n > 0 {
		if h.first != nil {
			h.first()
			h.first = nil
			copy(h.began[:], p[:n])
		}
		h.last = p[n-1]
	}
	h.left -= n
	if err != nil && h.err == nil {
		h.err = err
	}
	return n, err
}

// midLine reports whether the stream ended inside a line.
func (h *headReader) midLine() bool { return h.last != '\n' }

// looksLikeTLS reports whether the answer began as a TLS alert does.
func (h *headReader) looksLikeTLS() bool { return h.began == [2]byte{0x15, 0x03} }
