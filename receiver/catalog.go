package receiver

import (
	"slices"
	"time"
)

// Layer says where a fault is.
type Layer string

// The layers, from below.
const (
	BelowHTTP Layer = "below HTTP" // no request is read
	InTLS     Layer = "TLS"        // in the certificate or the handshake
	InHTTP    Layer = "HTTP"       // in the answer
)

// NamedFault is a fault with a name that stays: a specimen of what a behavior and
// a TLSKind can do. "fault NAME" in a behavior is its Behavior.
type NamedFault struct {
	Name     string
	Layer    Layer
	TLS      TLSKind // that the endpoint needs; "" is plain HTTP
	Behavior string  // one turn; "": any, for the handshake is the fault
	Does     string  // a sentence about the endpoint
	Bytes    string  // what it writes after a request; "…" for a Date, and at the end for what never ends. In TLS: not told
	Ends     string  // how the connection ends: EndsFIN, EndsRST, EndsOpen; in TLS: not told
	Seen     []Seen  // what the attempt of a platform then says, within SeenWithin
}

// SeenWithin is the deadline under which a NamedFault is seen as its Seen says.
const SeenWithin = 500 * time.Millisecond

// How the connection of a NamedFault ends.
const (
	EndsFIN  = "FIN"
	EndsRST  = "RST"
	EndsOpen = "stays open"
)

// Seen is what an attempt says of a fault: kind and phase, in the words of its
// outcome.
type Seen struct {
	Profile     string // "" is every other
	Kind, Phase string
}

// Faults returns the catalogue, sorted by name.
func Faults() []NamedFault { return slices.Clone(faults) }

func alike(kind, phase string) []Seen { return []Seen{{Kind: kind, Phase: phase}} }

// faults are sorted by their names.
var faults = []NamedFault{
	{"accept_close", BelowHTTP, "", "accept + delay 250ms + close", "It accepts the connection, reads nothing, and after a moment closes it.",
		"", EndsFIN, alike("closed", "headers")},
	{"accept_hang", BelowHTTP, "", "accept + hang", "It accepts the connection and never reads from it.",
		"", EndsOpen, alike("timeout", "headers")},
	{"accept_reset", BelowHTTP, "", "accept + delay 250ms + reset", "It accepts the connection, reads nothing, and after a moment resets it.",
		"", EndsRST, alike("reset", "headers")},
	{"big_header", InHTTP, "", "status 200 + big header 1048576 + body ok", "One header of its answer has 1 MiB.",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\nX-Big: x (1048576 times)\r\nDate: …\r\n\r\nok", EndsOpen, alike("too_large", "headers")},
	{"body_after_204", InHTTP, "", "status 204 + length 5 + body hello", "It answers 204, which has no body, and sends one.",
		"HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nhello", EndsFIN, alike("answered", "body")},
	{"chain_out_of_order", InTLS, TLSChainOutOfOrder, "", "The intermediate certificate stands behind the root.",
		"", "", []Seen{{"pagerduty@2026-08-19", "cert_out_of_order", "tls"}, {Kind: "answered", Phase: "body"}}},
	{"chunk_size", InHTTP, "", "status 200 + chunks bad size + body half + close", "Its answer comes in chunks, and the size of the second one is no number.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nsize\r\n", EndsFIN, alike("malformed", "body")},
	{"chunks_unended", InHTTP, "", "status 200 + chunks without end + body half + close", "Its answer comes in chunks, and the connection is closed without the last one.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", EndsFIN, alike("closed", "body")},
	{"client_cert_asked", InTLS, TLSClientAsked, "", "It asks for a client certificate and is content without one.",
		"", "", alike("answered", "body")},
	{"client_cert_required", InTLS, TLSClientRequired, "", "It refuses clients without a certificate.",
		"", "", alike("cert_required", "tls")},
	{"client_cert_wrong_name", InTLS, TLSClientWrongName, "", "It refuses client certificates with the platform's name, and wants another.",
		"", "", alike("cert_required", "tls")},
	{"close", InHTTP, "", "close", "It reads the request and closes the connection in place of an answer.",
		"", EndsFIN, alike("closed", "headers")},
	{"close_mid_body", InHTTP, "", "status 200 + length 1000 + body half + close", "It closes the connection in the middle of the body.",
		"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nhalf", EndsFIN, alike("closed", "body")},
	{"close_mid_headers", InHTTP, "", "status 200 + header X-Half yes + cut headers + close", "It closes the connection in the middle of the headers.",
		"HTTP/1.1 200 OK\r\nDate: …\r\nX-Half: yes\r\n", EndsFIN, alike("closed", "headers")},
	{"close_next", InHTTP, "", "status 200 + body ok + close next", "It keeps the connection open after its answer, and closes it as the next request begins to come.",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nok", EndsOpen, alike("answered", "body")},
	{"close_unread", BelowHTTP, "", "delay 250ms + close unread", "It closes the connection while the request waits unread, which the kernel makes an RST of.",
		"", EndsRST, alike("reset", "headers")},
	{"drip_body", InHTTP, "", "status 200 + drip 1 every 100ms + body drop by drop", "Its body comes one byte at a time.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 12\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\ndrop by drop", EndsFIN, alike("timeout", "body")},
	{"drip_headers", InHTTP, "", "drip 5 every 50ms + status 200 + body ok", "Its answer comes five bytes at a time.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nok", EndsFIN, alike("timeout", "headers")},
	{"endless_100", InHTTP, "", "endless 100", "It says 100 Continue, over and over, and never answers.",
		"HTTP/1.1 100 Continue\r\nX-Endless: x (1000 times)\r\n\r\nHTTP/1.1 100 Continue\r\nX-Endless: x (1000 times)\r\n\r\n…", EndsOpen, alike("too_large", "headers")},
	{"endless_103", InHTTP, "", "endless 103", "It says 103 Early Hints, over and over, and never answers.",
		"HTTP/1.1 103 Early Hints\r\nX-Endless: x (1000 times)\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Endless: x (1000 times)\r\n\r\n…", EndsOpen, alike("too_large", "headers")},
	{"endless_body", InHTTP, "", "status 200 + endless body", "Its body does not end.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nDate: …\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nx (1000 times)\r\n3e8\r\nx (1000 times)\r\n…", EndsOpen, alike("timeout", "body")},
	{"endless_headers", InHTTP, "", "status 200 + endless headers", "Its headers do not end.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nDate: …\r\nX-Endless: x (1000 times)\r\nX-Endless: x (1000 times)\r\n…", EndsOpen, alike("too_large", "headers")},
	{"expired", InTLS, TLSExpired, "", "Its certificate expired an hour ago.",
		"", "", alike("cert_expired", "tls")},
	{"garbage", InHTTP, "", "garbage + close", "What it answers is no HTTP.",
		"220 drill.invalid ready\r\n", EndsFIN, alike("malformed", "headers")},
	{"gzip_cut", InHTTP, "", "status 200 + gzip cut + body the whole of it", "Its body is compressed, and the end of it is missing.",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 28\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x00\x0f\x00\xf0\xffthe whole of ", EndsOpen, alike("answered", "body")},
	{"gzip_lie", InHTTP, "", "status 200 + gzip lie + body not compressed", "It says that its body is compressed, which it is not.",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 14\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nnot compressed", EndsOpen, alike("answered", "body")},
	{"hang", InHTTP, "", "hang", "It reads the request and never answers.",
		"", EndsOpen, alike("timeout", "headers")},
	{"hang_mid_body", InHTTP, "", "status 200 + chunks without end + body half + hang", "It stops in the middle of the body.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", EndsOpen, alike("timeout", "body")},
	{"hang_mid_headers", InHTTP, "", "status 200 + header X-Half yes + cut headers + hang", "It stops in the middle of the headers.",
		"HTTP/1.1 200 OK\r\nDate: …\r\nX-Half: yes\r\n", EndsOpen, alike("timeout", "headers")},
	{"late_body", InHTTP, "", "status 200 + delay 750ms + body late", "Its headers come in time, its body is late.",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nlate", EndsOpen, alike("timeout", "body")},
	{"late_headers", InHTTP, "", "status 200 + cut headers + delay 750ms + body ok", "It begins in time, and is late in the middle of the headers.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nok", EndsFIN, alike("timeout", "headers")},
	{"late_rest", InHTTP, "", "status 200 + body half + delay 750ms + body and half", "Its body begins in time, and is late in the middle.",
		"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nhalfand half", EndsOpen, alike("timeout", "body")},
	{"late_status", InHTTP, "", "delay 750ms + status 200", "Its whole answer is late.",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: …\r\n\r\n", EndsOpen, alike("timeout", "headers")},
	{"length_long", InHTTP, "", "status 200 + length 1000 + body whole + hang", "It promises more bytes than there are, and keeps the connection open.",
		"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nwhole", EndsOpen, alike("timeout", "body")},
	{"length_short", InHTTP, "", "status 200 + length 2 + body whole", "It promises fewer bytes than there are.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nwhole", EndsFIN, alike("answered", "body")},
	{"length_twice", InHTTP, "", "status 200 + length 5 and 7 + body whole", "It promises two lengths.",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\nContent-Length: 7\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nwhole", EndsFIN, alike("malformed", "headers")},
	{"many_headers", InHTTP, "", "status 200 + many headers 10000 + body ok", "Its answer has 10,000 headers.",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\nX-Line-0000001: x\r\n…X-Line-0010000: x\r\nDate: …\r\n\r\nok", EndsOpen, alike("answered", "body")},
	{"missing_intermediate", InTLS, TLSMissingIntermediate, "", "It does not send the intermediate certificate.",
		"", "", alike("cert_unknown_authority", "tls")},
	{"not_yet_valid", InTLS, TLSNotYetValid, "", "Its certificate is not valid yet.",
		"", "", alike("cert_not_yet_valid", "tls")},
	{"only_tls_1_0_and_1_1", InTLS, TLSOldOnly, "", "It speaks TLS 1.0 and 1.1 only.",
		"", "", alike("tls_other", "tls")},
	{"only_tls_1_3", InTLS, TLSNewOnly, "", "It speaks TLS 1.3 only.",
		"", "", []Seen{{"pagerduty@2026-08-19", "tls_other", "tls"}, {Kind: "answered", Phase: "body"}}},
	{"plain_http", InTLS, TLSPlain, "", "It speaks plain HTTP where the URL says https.",
		"", "", alike("plain_http", "tls")},
	{"read_close", BelowHTTP, "", "read + close", "It reads what comes first and closes the connection.",
		"", EndsFIN, alike("closed", "headers")},
	{"read_hang", BelowHTTP, "", "read + hang", "It reads all that comes and never answers.",
		"", EndsOpen, alike("timeout", "headers")},
	{"read_reset", BelowHTTP, "", "read + reset", "It reads what comes first and resets the connection.",
		"", EndsRST, alike("reset", "headers")},
	{"redirect_elsewhere", InHTTP, "", "redirect http://elsewhere.invalid/", "It redirects to another host.",
		"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://elsewhere.invalid/\r\nDate: …\r\n\r\n", EndsOpen, alike("answered", "body")},
	{"redirect_itself", InHTTP, "", "redirect itself", "It redirects to itself.",
		"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://endpoint.example/x\r\nDate: …\r\n\r\n", EndsOpen, alike("answered", "body")},
	{"redirect_plaintext", InHTTP, TLSValid, "redirect plaintext", "It redirects from https to http.",
		"", "", alike("answered", "body")},
	{"reset", InHTTP, "", "reset", "It reads the request and resets the connection in place of an answer.",
		"", EndsRST, alike("reset", "headers")},
	{"reset_mid_body", InHTTP, "", "status 200 + length 1000 + body half + delay 50ms + reset", "It resets the connection in the middle of the body.",
		"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/plain; charset=utf-8\r\nDate: …\r\n\r\nhalf", EndsRST, alike("reset", "body")},
	{"reset_mid_headers", InHTTP, "", "status 200 + header X-Half yes + cut headers + delay 50ms + reset", "It resets the connection in the middle of the headers.",
		"HTTP/1.1 200 OK\r\nDate: …\r\nX-Half: yes\r\n", EndsRST, alike("reset", "headers")},
	{"self_signed", InTLS, TLSSelfSigned, "", "Its certificate is its own authority.",
		"", "", alike("cert_unknown_authority", "tls")},
	{"tls_close", InTLS, TLSValid, "read + close", "It closes the connection in the TLS handshake.",
		"", "", alike("closed", "tls")},
	{"tls_hang", InTLS, TLSValid, "stall tls", "It never answers the client's hello.",
		"", "", alike("timeout", "tls")},
	{"tls_late", InTLS, TLSValid, "tls delay 2s + status 200", "It answers the client's hello late.",
		"", "", alike("timeout", "tls")},
	{"tls_reset", InTLS, TLSValid, "read + reset", "It resets the connection in the TLS handshake.",
		"", "", alike("reset", "tls")},
	{"too_many_requests", InHTTP, "", "status 429 + header Retry-After 30", "It has too much to do and says when to come again.",
		"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: 30\r\nDate: …\r\n\r\n", EndsOpen, alike("answered", "body")},
	{"unavailable", InHTTP, "", "status 503", "It is not there to do it.",
		"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nDate: …\r\n\r\n", EndsOpen, alike("answered", "body")},
	{"unknown_authority", InTLS, TLSUnknownAuthority, "", "Nobody knows the authority that signed its certificate.",
		"", "", alike("cert_unknown_authority", "tls")},
	{"wrong_host", InTLS, TLSWrongHost, "", "Its certificate is for another host.",
		"", "", alike("cert_wrong_host", "tls")},
}
