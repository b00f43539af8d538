package scenarios

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/hookdrill/hookdrill/sender"
)

// outcomes that many texts stand for.
var (
	slow         = []sender.Outcome{{Kind: sender.Timeout, Phase: sender.PhaseHeaders}, {Kind: sender.Timeout, Phase: sender.PhaseBody}}
	slowSomehow  = []sender.Outcome{slow[0], slow[1], {Kind: sender.Timeout, Phase: sender.PhaseTLS}, {Kind: sender.Timeout, Phase: sender.PhaseConnect}}
	slowHeaders  = slow[:1]
	slowBody     = slow[1:]
	slowTLS      = slowSomehow[2:3]
	slowConnect  = slowSomehow[3:]
	slowToSecure = []sender.Outcome{slowConnect[0], slowTLS[0]}
	noName       = []sender.Outcome{{Kind: sender.NotFound, Phase: sender.PhaseDNS}}
	noNameNow    = []sender.Outcome{{Kind: sender.Unreachable, Phase: sender.PhaseDNS}, {Kind: sender.Timeout, Phase: sender.PhaseDNS}}
	slowDNS      = noNameNow[1:]
	refused      = []sender.Outcome{{Kind: sender.Refused, Phase: sender.PhaseConnect}}
	refusedOrSo  = []sender.Outcome{refused[0], {Kind: sender.Unreachable, Phase: sender.PhaseConnect}}
	reset        = []sender.Outcome{{Kind: sender.Reset, Phase: sender.PhaseHeaders}, {Kind: sender.Reset, Phase: sender.PhaseBody}, {Kind: sender.Reset, Phase: sender.PhaseTLS}}
	resetTLS     = reset[2:]
	closed       = []sender.Outcome{{Kind: sender.Closed, Phase: sender.PhaseHeaders}}
	closedBody   = []sender.Outcome{{Kind: sender.Closed, Phase: sender.PhaseBody}}
	closedTLS    = []sender.Outcome{{Kind: sender.Closed, Phase: sender.PhaseTLS}}
	endedTLS     = []sender.Outcome{closedTLS[0], resetTLS[0]}
	garbled      = []sender.Outcome{{Kind: sender.Malformed, Phase: sender.PhaseHeaders}}
	garbledBody  = []sender.Outcome{{Kind: sender.Malformed, Phase: sender.PhaseBody}}
	tooLarge     = []sender.Outcome{{Kind: sender.TooLarge, Phase: sender.PhaseHeaders}}
	expired      = []sender.Outcome{{Kind: sender.CertExpired, Phase: sender.PhaseTLS}}
	notYet       = []sender.Outcome{{Kind: sender.CertNotYetValid, Phase: sender.PhaseTLS}}
	unknown      = []sender.Outcome{{Kind: sender.CertUnknownAuthority, Phase: sender.PhaseTLS}}
	wrongHost    = []sender.Outcome{{Kind: sender.CertWrongHost, Phase: sender.PhaseTLS}}
	badCert      = []sender.Outcome{unknown[0], expired[0], wrongHost[0], notYet[0]}
	certWanted   = []sender.Outcome{{Kind: sender.CertRequired, Phase: sender.PhaseTLS}}
	otherTLS     = []sender.Outcome{{Kind: sender.TLSOther, Phase: sender.PhaseTLS}}
	plainHTTP    = []sender.Outcome{{Kind: sender.PlainHTTP, Phase: sender.PhaseTLS}}
	fetching     = []sender.Outcome{refused[0], noName[0], closed[0], reset[0], unknown[0], expired[0], wrongHost[0], plainHTTP[0], slowConnect[0], slowHeaders[0]}
	beforeBody   = []sender.Phase{sender.PhaseDNS, sender.PhaseConnect, sender.PhaseTLS, sender.PhaseWrite, sender.PhaseHeaders}
	inTLS        = []sender.Outcome{otherTLS[0], closedTLS[0], resetTLS[0], plainHTTP[0], certWanted[0]}
)

// ofClientKind are the texts of one client.
type ofClientKind struct {
	by, source string
	list       []Saying
}

// clients are the texts of clients beside those that the sender has. Where the source says "seen",
// the client of that version was let loose on the faults of the catalogue.
var clients = []ofClientKind{
	{goClient, "https://go.dev/src/net/http/transport.go", []Saying{
		{Text: "http: server closed idle connection", Means: closed, Faults: []string{"close_next"}, Note: "of a connection that was kept for the next request"},
	}},
	{"Go's compress/gzip", "https://go.dev/src/compress/gzip/gunzip.go", []Saying{
		{Text: "gzip: invalid header", Faults: []string{"gzip_lie"}, Note: "the answer came; its body is not what its Content-Encoding says"},
		{Text: "unexpected EOF", Faults: []string{"gzip_cut"}, Note: "its word for a compressed body without its end; a platform has its status by then"},
	}},
	{"curl", "https://everything.curl.dev/cmdline/exitcode", []Saying{
		{Text: "curl: (6)", Means: noName},
		{Text: "curl: (7)", Means: refusedOrSo},
		{Text: "curl: (8)", Means: garbled},
		{Text: "curl: (18)", Means: closedBody, Note: "of an answer with two lengths it believes the second"},
		{Text: "curl: (28)", Means: append(slices.Clone(slowSomehow), slowDNS...), Note: "one limit for all of the transfer: it does not say what was slow"},
		{Text: "curl: (35)", Means: inTLS},
		{Text: "curl: (52)", Means: closed},
		{Text: "curl: (55)", Means: []sender.Outcome{{Kind: sender.Reset, Phase: sender.PhaseWrite}}},
		{Text: "curl: (56)", Means: []sender.Outcome{reset[0], reset[1], garbledBody[0], tooLarge[0], certWanted[0]}},
		{Text: "curl: (60)", Means: badCert},
	}},
	{"curl", "https://github.com/curl/curl/blob/master/lib/multi.c", []Saying{
		{Text: "Resolving timed out after", Means: slowDNS},
		{Text: "Operation timed out after … milliseconds with 0 out of -1 bytes received", Means: slow, Note: "no length of the body had come"},
	}},
	{"curl", "seen of curl 7.88.1", []Saying{
		{Text: "curl: (1) Received HTTP/0.9 when not allowed", Means: garbled, Faults: []string{"garbage"}},
		{Text: "Could not resolve host", Means: noName},
		{Text: "Couldn't connect to server", Means: refusedOrSo},
		{Text: "curl: (27)", Means: tooLarge, Faults: []string{"big_header"}, Note: "it has no memory for a header of that length"},
		{Text: "curl: (61)", Faults: []string{"gzip_lie"}},
		{Text: "Operation timed out after", Means: slow},
		{Text: "Operation timed out after … milliseconds with 0 bytes received", Means: slow},
		{Text: "Operation timed out after … milliseconds with 0 out of … bytes received", Means: []sender.Outcome{slow[1], slow[0]}, Note: "the length of the body had come, and none of the body"},
		{Text: "Operation timed out after … milliseconds with … bytes received", Means: slowBody, Note: "it counts the body's bytes"},
		{Text: "Connection timed out after", Means: slowToSecure, Note: "its word for a connection that is not ready: TCP or TLS"},
		{Text: "Empty reply from server", Means: closed},
		{Text: "transfer closed with", Means: closedBody},
		{Text: "hexadecimal sequence in chunked-encoding", Means: garbledBody},
		{Text: "Too large response headers", Means: tooLarge},
		{Text: "Recv failure: Connection reset by peer", Means: reset},
		{Text: "SSL_ERROR_SYSCALL in connection to", Means: endedTLS},
		{Text: "SSL routines::wrong version number", Means: []sender.Outcome{plainHTTP[0], otherTLS[0]}},
		{Text: "SSL certificate problem: certificate has expired", Means: expired},
		{Text: "SSL certificate problem: certificate is not yet valid", Means: notYet},
		{Text: "SSL certificate problem: unable to get local issuer certificate", Means: unknown, Faults: []string{"missing_intermediate", "unknown_authority"}},
		{Text: "SSL certificate problem: self-signed certificate", Means: unknown, Faults: []string{"self_signed"}},
		{Text: "SSL certificate problem: self-signed certificate in certificate chain", Means: unknown, Faults: []string{"unknown_authority"}},
		{Text: "no alternative certificate subject name matches", Means: wrongHost},
		{Text: "alert certificate required", Means: certWanted},
		{Text: "alert protocol version", Means: otherTLS},
	}},
	{"Python", "seen of Python 3.11, requests 2.34", []Saying{
		{Text: "ConnectTimeoutError", Means: slowConnect},
		{Text: "ConnectTimeout", Means: slowConnect},
		{Text: "(connect timeout=", Means: slowConnect},
		{Text: "ReadTimeout", Means: []sender.Outcome{slow[0], slowTLS[0]}, Note: "a TLS handshake that stalls is a read to it"},
		{Text: "Read timed out.", Means: slowBody, Note: "without a time behind it requests was reading the body"},
		{Text: "Read timed out. (read timeout=", Means: []sender.Outcome{slow[0], slowTLS[0]}, Note: "a TLS handshake that stalls is a read to it"},
		{Text: "The handshake operation timed out", Means: slowTLS},
		{Text: "RemoteDisconnected", Means: closed},
		{Text: "Remote end closed connection without response", Means: closed},
		{Text: "ConnectionResetError", Means: reset},
		{Text: "ConnectionRefusedError", Means: refused},
		{Text: "[Errno 111] Connection refused", Means: refused},
		{Text: "[Errno 104] Connection reset by peer", Means: reset},
		{Text: "Connection aborted.", Means: []sender.Outcome{closed[0], reset[0], garbled[0], tooLarge[0]}, weak: true, Note: "urllib3's word for whatever http.client says behind it"},
		{Text: "ContentDecodingError", Faults: []string{"gzip_lie"}},
		{Text: "Received response with content-encoding: … but failed to decode it", Faults: []string{"gzip_lie"}},
		{Text: "Not a gzipped file", Faults: []string{"gzip_lie"}, Note: "the answer came; its body is not what its Content-Encoding says"},
		{Text: "Compressed file ended before the end-of-stream marker was reached", Faults: []string{"gzip_cut"}},
		{Text: "IncompleteRead", Means: []sender.Outcome{closedBody[0], garbledBody[0]}},
		{Text: "Response ended prematurely", Means: closedBody},
		{Text: "InvalidChunkLength", Means: garbledBody},
		{Text: "BadStatusLine", Means: garbled, Faults: []string{"garbage"}},
		{Text: "Content-Length contained multiple unmatching values", Means: garbled, Faults: []string{"length_twice"}},
		{Text: "got more than 100 headers", Means: tooLarge, Note: "a platform's attempt may take many headers: see the fault many_headers"},
		{Text: "bytes when reading header line", Means: tooLarge},
		{Text: "NameResolutionError", Means: noName},
		{Text: "Name or service not known", Means: noName},
		{Text: "certificate verify failed", Means: badCert},
		{Text: "certificate verify failed: certificate has expired", Means: expired},
		{Text: "certificate verify failed: certificate is not yet valid", Means: notYet},
		{Text: "certificate verify failed: unable to get local issuer certificate", Means: unknown, Faults: []string{"missing_intermediate", "unknown_authority"}},
		{Text: "certificate verify failed: self-signed certificate", Means: unknown, Faults: []string{"self_signed"}},
		{Text: "certificate verify failed: self-signed certificate in certificate chain", Means: unknown, Faults: []string{"unknown_authority"}},
		{Text: "IP address mismatch, certificate is not valid for", Means: wrongHost},
		{Text: "Hostname mismatch, certificate is not valid for", Means: wrongHost},
		{Text: "TLSV13_ALERT_CERTIFICATE_REQUIRED", Means: certWanted},
		{Text: "TLSV1_ALERT_PROTOCOL_VERSION", Means: otherTLS, Faults: []string{"only_tls_1_0_and_1_1"}},
		{Text: "WRONG_VERSION_NUMBER", Means: []sender.Outcome{plainHTTP[0], otherTLS[0]}},
		{Text: "UNEXPECTED_EOF_WHILE_READING", Means: closedTLS},
		{Text: "EOF occurred in violation of protocol", Means: []sender.Outcome{closedTLS[0], certWanted[0]}},
	}},
	{"aiohttp", "https://github.com/aio-libs/aiohttp/blob/master/aiohttp/client_exceptions.py", []Saying{
		{Text: "ServerDisconnectedError", Means: closed},
		{Text: "Server disconnected", Means: closed},
	}},
	{"Node", "seen of Node 20.20", []Saying{
		{Text: "fetch failed", Means: fetching, weak: true, within: beforeBody, Note: "what follows it, or its cause, says why"},
		{Text: "TypeError: terminated", Means: []sender.Outcome{closedBody[0], reset[1], slowBody[0], garbledBody[0]}, weak: true, within: []sender.Phase{sender.PhaseBody}, Note: "a body that did not come whole: its cause says why"},
		{Text: "Z_BUF_ERROR", Faults: []string{"gzip_cut"}},
		{Text: "Z_DATA_ERROR", Faults: []string{"gzip_lie"}},
		{Text: "The operation was aborted due to timeout", Means: slowSomehow, Note: "an AbortSignal's time is that of all of the fetch: it does not say what was slow"},
		{Text: "UND_ERR_SOCKET", Means: []sender.Outcome{closed[0], closedBody[0]}},
		{Text: "other side closed", Means: []sender.Outcome{closed[0], closedBody[0]}},
		{Text: "socket hang up", Means: closed},
		{Text: "Error: aborted", Means: []sender.Outcome{closedBody[0], reset[1]}, Note: "its word for a body that broke off, whatever the code beside it"},
		{Text: "ECONNRESET", Means: []sender.Outcome{reset[0], reset[1], closed[0], closedBody[0], reset[2]}, Note: "Node has this code for a closed connection too"},
		{Text: "ECONNREFUSED", Means: refused},
		{Text: "ENOTFOUND", Means: noName},
		{Text: "EAI_AGAIN", Means: noNameNow},
		{Text: "UND_ERR_HEADERS_OVERFLOW", Means: tooLarge},
		{Text: "HPE_HEADER_OVERFLOW", Means: tooLarge},
		{Text: "HPE_INVALID_CONSTANT", Means: garbled, Faults: []string{"garbage"}},
		{Text: "HPE_UNEXPECTED_CONTENT_LENGTH", Means: garbled, Faults: []string{"length_twice"}},
		{Text: "HPE_INVALID_CHUNK_SIZE", Means: garbledBody},
		{Text: "Client network socket disconnected before secure TLS connection was established", Means: closedTLS},
		{Text: "CERT_HAS_EXPIRED", Means: expired},
		{Text: "CERT_NOT_YET_VALID", Means: notYet},
		{Text: "unable to verify the first certificate", Means: unknown, Faults: []string{"missing_intermediate"}},
		{Text: "self-signed certificate", Means: unknown, Faults: []string{"self_signed"}},
		{Text: "self-signed certificate in certificate chain", Means: unknown, Faults: []string{"unknown_authority"}},
		{Text: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", Means: unknown, Faults: []string{"missing_intermediate"}},
		{Text: "DEPTH_ZERO_SELF_SIGNED_CERT", Means: unknown, Faults: []string{"self_signed"}},
		{Text: "SELF_SIGNED_CERT_IN_CHAIN", Means: unknown, Faults: []string{"unknown_authority"}},
		{Text: "ERR_TLS_CERT_ALTNAME_INVALID", Means: wrongHost},
		{Text: "ERR_SSL_WRONG_VERSION_NUMBER", Means: []sender.Outcome{plainHTTP[0], otherTLS[0]}},
		{Text: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", Means: otherTLS, Faults: []string{"only_tls_1_0_and_1_1"}},
		{Text: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", Means: certWanted},
	}},
	{"Node's undici", "https://github.com/nodejs/undici/blob/v6.6.0/docs/api/Errors.md", []Saying{
		{Text: "UND_ERR_CONNECT_TIMEOUT", Means: slowToSecure},
		{Text: "UND_ERR_HEADERS_TIMEOUT", Means: slowHeaders},
		{Text: "UND_ERR_BODY_TIMEOUT", Means: slowBody},
	}},
	{"Node", "https://nodejs.org/api/errors.html#common-system-errors", []Saying{
		{Text: "ETIMEDOUT", Means: []sender.Outcome{slowConnect[0], slow[0]}},
		{Text: "EPIPE", Means: reset},
	}},
	{"Java", "seen of OpenJDK 17", []Saying{
		{Text: "HttpConnectTimeoutException", Means: slowToSecure, Note: "TLS belongs to connecting there"},
		{Text: "HTTP connect timed out", Means: slowToSecure, Note: "TLS belongs to connecting there"},
		{Text: "HttpTimeoutException", Means: slowHeaders},
		{Text: "SocketTimeoutException: Read timed out", Means: []sender.Outcome{slow[0], slow[1], slowTLS[0]}},
		{Text: "SocketTimeoutException: Connect timed out", Means: slowConnect},
		{Text: "UnknownHostException", Means: noName},
		{Text: "UnresolvedAddressException", Means: noName},
		{Text: "java.net.ConnectException: Connection refused", Means: refused},
		{Text: "HTTP/1.1 header parser received no bytes", Means: []sender.Outcome{closed[0], reset[0]}, Note: "what follows it says whether it was closed or reset"},
		{Text: "EOF reached while reading", Means: []sender.Outcome{closed[0], closedBody[0]}},
		{Text: "Unexpected end of file from server", Means: closed},
		{Text: "SocketException: Connection reset", Means: reset},
		{Text: "Premature EOF", Means: closedBody},
		{Text: "Illegal character in chunk size", Means: garbledBody},
		{Text: "Bogus chunk size", Means: garbledBody},
		{Text: "Invalid status line", Means: garbled, Faults: []string{"garbage"}},
		{Text: "Invalid Http response", Means: garbled, Faults: []string{"garbage"}},
		{Text: "Header size too big", Means: tooLarge},
		{Text: "Too many interim responses received", Means: tooLarge, Faults: []string{"endless_100", "endless_103"}},
		{Text: "PKIX path building failed", Means: unknown},
		{Text: "Received fatal alert: protocol_version", Means: otherTLS, Faults: []string{"only_tls_1_0_and_1_1"}},
		{Text: "Remote host terminated the handshake", Means: endedTLS},
		{Text: "plaintext connection?", Means: plainHTTP},
		{Text: "Unsupported or unrecognized SSL message", Means: plainHTTP},
	}},
	{"Apache HttpClient", "https://github.com/apache/httpcomponents-client, DefaultHttpResponseParser", []Saying{
		{Text: "NoHttpResponseException", Means: closed},
		{Text: "The target server failed to respond", Means: closed},
		{Text: "failed to respond", Means: []sender.Outcome{closed[0], slowHeaders[0]}, weak: true, Note: "of its own it is a closed connection, of others a time-out too"},
		{Text: "failed to respond with a valid HTTP response", Means: garbled, Faults: []string{"garbage"}},
	}},
	{"OkHttp", "https://github.com/square/okhttp, Http1ExchangeCodec", []Saying{
		{Text: "unexpected end of stream", Means: []sender.Outcome{closedBody[0], closed[0]}},
		{Text: "unexpected end of stream on", Means: closed},
	}},
	{"zlib, in curl, Python and Node", "seen of curl 7.88.1, Python 3.11, Node 20.20", []Saying{
		{Text: "incorrect header check", Faults: []string{"gzip_lie"}, Note: "the answer came; its body is not what its Content-Encoding says"},
		{Text: "unexpected end of file", Faults: []string{"gzip_cut"}, weak: true},
	}},
	{"words of many", "", []Saying{
		{Text: "timeout", Means: slowSomehow, weak: true},
		{Text: "timed out", Means: slowSomehow, weak: true},
		{Text: "time-out", Means: slowSomehow, weak: true},
		{Text: "Gateway Time-out", Status: http.StatusGatewayTimeout},
		{Text: "connection reset", Means: reset, weak: true},
		{Text: "connection closed", Means: []sender.Outcome{closed[0], closedBody[0], closedTLS[0]}, weak: true},
		{Text: "Temporary failure in name resolution", Means: noNameNow},
	}},
}

// statusClientGone is no answer: the log of an endpoint has it when a platform gave
// up.
const statusClientGone = 499

var clientGone = Saying{
	Text: "499", By: "nginx, of a client that went away before it was answered", Means: slowHeaders,
	Source: "https://github.com/nginx/nginx/blob/master/src/http/ngx_http_request.h",
}

// goClient is who prints what the sender's GoText has.
const goClient = "a Go client"

// sayings are all texts of clients, those of Go's as the sender has them, and the
// words of statuses.
var sayings = sync.OnceValue(func() (out []Saying) {
	for _, s := range sender.GoSayings() {
		out = append(out, Saying{Text: s.Text, By: goClient, Means: s.Means, DialTimeout: s.Limit == sender.PhaseConnect, Source: "net/http, as the sender has it", Note: alike(s)})
	}
	for _, c := range clients {
		for _, s := range c.list {
			s.By, s.Source = c.by, c.source
			out = append(out, s)
		}
	}
	for n := http.StatusBadRequest; n < 600; n++ {
		if reason := http.StatusText(n); strings.Contains(reason, " ") {
			out = append(out, Saying{Text: reason, By: "a status", Status: n, Source: "RFC 9110"})
		}
	}
	for i := range out {
		out[i].phrase = phraseOf(out[i].Text)
	}
	return slices.Clip(out)
})

// alike says why a Go client says the same of several outcomes.
func alike(s sender.GoSaying) string {
	if len(s.Means) < 2 {
		return ""
	}
	why, first := "it does not say where", s.Means[0]
	switch {
	case slices.ContainsFunc(s.Means, func(o sender.Outcome) bool { return o.Kind != first.Kind }):
		why = "it does not say which"
	case first.Kind == sender.Timeout:
		why = "one clock for all of it, and it does not say what it was waiting for"
	}
	return why + ": it reads alike for " + strings.Join(texts(s.Means), ", ")
}

func texts(list []sender.Outcome) (out []string) {
	for _, o := range list {
		if o.Phase == "" {
			out = append(out, string(o.Kind)+" elsewhere")
			continue
		}
		out = append(out, o.String())
	}
	return out
}
