package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// platforms are the newest profiles.
func platforms(t testing.TB) []*schema.Profile {
	t.Helper()
	var out []*schema.Profile
	for _, ref := range []string{"flashduty@2026-05-27", "pagerduty@2026-08-19"} {
		p, err := schema.Open(ref)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// causes are the names of what may stand behind a text.
func causes(e scenarios.Explanation) (out []string) {
	for _, c := range e.Causes {
		name := c.Outcome.String()
		if c.Status != 0 {
			name += fmt.Sprintf(" %d", c.Status)
		}
		if c.DialTimeout {
			name += " by the dialer"
		}
		out = append(out, name)
	}
	return out
}

func TestWhatATextMayMean(t *testing.T) {
	t.Parallel()
	waiting := []string{"timeout in headers", "timeout in tls", "timeout in connect", "timeout in dns", "timeout in write"}
	for name, tt := range map[string]struct {
		text  string
		after time.Duration
		want  []string // the first causes
		all   bool     // and no others
	}{
		"a Go client's time-out reads alike until the headers": {text: `Post "https://ops.example/hook": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`, want: waiting, all: true},
		"and another in the body":                              {text: "context deadline exceeded (Client.Timeout or context cancellation while reading body)", want: []string{"timeout in body"}, all: true},
		"a dialer's own limit":                                 {text: "dial tcp 192.0.2.1:443: i/o timeout", want: []string{"timeout in connect by the dialer", "timeout in dns by the dialer"}, all: true},
		"an outcome by its name":                               {text: "timeout in tls", want: []string{"timeout in tls"}, all: true},
		"an outcome in capitals and spaces":                    {text: "  Timeout in TLS\n", want: []string{"timeout in tls"}, all: true},
		"a kind by its name":                                   {text: "cert_expired", want: []string{"cert_expired in tls"}, all: true},
		"a kind that is a word":                                {text: "refused", want: []string{"refused in connect"}, all: true},
		"a kind of which there is no fault":                    {text: "plain_http", want: []string{"plain_http in tls"}, all: true},
		"an outcome of which there is no fault":                {text: "timeout in dns", want: []string{"timeout in dns"}, all: true},
		"a fault by its name":                                  {text: "tls_hang", want: []string{"timeout in tls"}, all: true},
		"a fault whose name is a word":                         {text: "fault garbage", want: []string{"malformed in headers"}, all: true},
		"a fault that platforms see in two ways":               {text: "only_tls_1_3", want: []string{"tls_other in tls", "answered 200"}, all: true},
		"no time-out of a word in passing":                     {text: "timeout=5s: dial tcp 127.0.0.1:1: connect: connection refused", want: []string{"refused in connect"}, all: true},
		"the end of a connection is not its unexpected end":    {text: "Post \"http://x\": EOF", want: []string{"closed in headers", "closed in tls"}, all: true},
		"nor part of a word":                                   {text: "geofence", want: nil, all: true},
		"an unexpected end":                                    {text: "unexpected EOF", want: []string{"closed in body", "answered 200", "closed in headers", "reset in headers"}, all: true},
		"two texts that narrow each other":                     {text: "curl: (35) Recv failure: Connection reset by peer", want: []string{"reset in tls"}, all: true},
		"curl, which does not say what was slow":               {text: "curl: (28) Operation timed out after 1001 milliseconds with 0 bytes received", want: []string{"timeout in headers", "timeout in body"}, all: true},
		"curl, of a connection that is not ready":              {text: "curl: (28) Connection timed out after 1001 milliseconds", want: []string{"timeout in connect", "timeout in tls"}, all: true},
		"curl, of a name server":                               {text: "curl: (28) Resolving timed out after 1000 milliseconds", want: []string{"timeout in dns"}, all: true},
		"Python":                                               {text: "HTTPConnectionPool(host='127.0.0.1', port=1): Read timed out. (read timeout=0.6)", want: []string{"timeout in headers", "timeout in tls"}, all: true},
		"Python, of a certificate":                             {text: "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)", want: []string{"cert_expired in tls"}, all: true},
		"Python, while reading the body":                       {text: "requests.exceptions.ConnectionError: HTTPConnectionPool(host='127.0.0.1', port=1): Read timed out.", want: []string{"timeout in body"}, all: true},
		"Node, of a body that broke off":                       {text: "Error: aborted\n  code: 'ECONNRESET'", want: []string{"closed in body", "reset in body"}, all: true},
		"Node, of a name server":                               {text: "Error: getaddrinfo EAI_AGAIN nowhere.invalid", want: []string{"unreachable in dns", "timeout in dns"}, all: true},
		"Node's message without its code":                      {text: "Error: unable to verify the first certificate", want: []string{"cert_unknown_authority in tls"}, all: true},
		"Node":                                                 {text: "Error: getaddrinfo ENOTFOUND nowhere.invalid", want: []string{"not_found in dns"}, all: true},
		"Node's undici":                                        {text: "TypeError: fetch failed\n  cause: HeadersTimeoutError: Headers Timeout Error\n  code: 'UND_ERR_HEADERS_TIMEOUT'", want: []string{"timeout in headers"}, all: true},
		"Java":                                                 {text: "java.net.http.HttpTimeoutException: request timed out", want: []string{"timeout in headers"}, all: true},
		"Java, of a reset":                                     {text: "java.io.IOException: HTTP/1.1 header parser received no bytes\nCaused by: java.net.SocketException: Connection reset", want: []string{"reset in headers"}, all: true},
		"a bare status":                                        {text: "502", want: []string{"answered 502"}, all: true},
		"a status with its reason":                             {text: "429 Too Many Requests", want: []string{"answered 429"}, all: true},
		"a reason alone":                                       {text: "upstream said Bad Gateway", want: []string{"answered 502"}, all: true},
		"a status in a log":                                    {text: "level=error status=503 took=12ms", want: []string{"answered 503"}, all: true},
		"a status in JSON":                                     {text: `{"level": "error", "response": {"status_code": 503}}`, want: []string{"answered 503"}, all: true},
		"a number that is no status":                           {text: "took 503 ms", want: nil, all: true},
		"an access log":                                        {text: `127.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "POST /hook HTTP/1.1" 500 21`, want: []string{"answered 500"}, all: true},
		"nginx, of a client that has gone":                     {text: `127.0.0.1 - - "POST /hook HTTP/1.1" 499 0`, want: []string{"timeout in headers"}, all: true},
		"an error inside JSON":                                 {text: `{"error": "Post \"https://x/\": remote error: tls: certificate required", "status": 0}`, want: []string{"cert_required in tls"}, all: true},
		"a line of the sender's own log":                       {text: `{"level":"info","action":"restart","outcome":"timeout in body","status":200,"delivered":false,"took":500}`, want: []string{"timeout in body"}, all: true},
		"an attempt of press --output json":                    {text: `{"attempts": [{"kind": "reset", "phase": "tls", "status": 0}]}`, want: []string{"reset in tls"}, all: true},
		"a kind in a log":                                      {text: `{"msg": "push", "outcome": "closed"}`, want: []string{"closed in headers", "closed in body", "closed in tls"}, all: true},
		"a colored log":                                        {text: "\x1b[31mEOF\x1b[0m", want: []string{"closed in headers", "closed in tls"}, all: true},
		"half of a JSON text":                                  {text: `{"error": "unexpected EOF`, want: []string{"closed in body", "answered 200", "closed in headers", "reset in headers"}, all: true},
		"a broken body after a good status":                    {text: "connection closed in body, after status 200 after 3.1 ms", want: []string{"closed in body"}, all: true},
		"a certificate that expired":                           {text: "x509: certificate has expired or is not yet valid: current time 2026-11-22T00:00:00Z is after 2026-01-01T00:00:00Z", want: []string{"cert_expired in tls"}, all: true},
		"a certificate that is not valid yet":                  {text: "x509: certificate has expired or is not yet valid: current time 2026-11-22T00:00:00Z is before 2027-01-01T00:00:00Z", want: []string{"cert_not_yet_valid in tls"}, all: true},
		"a certificate of which the times are cut off":         {text: "x509: certificate has expired or is not yet valid", want: []string{"cert_expired in tls", "cert_not_yet_valid in tls"}, all: true},
		"times of another line":                                {text: "x509: certificate has expired or is not yet valid: current time\nit is before noon", want: []string{"cert_expired in tls", "cert_not_yet_valid in tls"}, all: true},
		"curl, which counts the body's bytes":                  {text: "curl: (28) Operation timed out after 1001 milliseconds with 5 out of 1000 bytes received", want: []string{"timeout in body"}, all: true},
		"curl, of a body without a length":                     {text: "curl: (28) Operation timed out after 1001 milliseconds with 4 bytes received", want: []string{"timeout in body"}, all: true},
		"curl, which knows the length alone":                   {text: "curl: (28) Operation timed out after 1001 milliseconds with 0 out of 1000 bytes received", want: []string{"timeout in body", "timeout in headers"}, all: true},
		"an older curl, which knows no length":                 {text: "curl: (28) Operation timed out after 1001 milliseconds with 0 out of -1 bytes received", want: []string{"timeout in headers", "timeout in body"}, all: true},
		"curl, of a long header":                               {text: "curl: (27) Out of memory", want: []string{"too_large in headers"}, all: true},
		"Go, of a kept connection":                             {text: `Post "http://x": http: server closed idle connection`, want: []string{"closed in headers"}, all: true},
		"aiohttp":                                              {text: "aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected", want: []string{"closed in headers"}, all: true},
		"aiohttp's message alone":                              {text: "Server disconnected", want: []string{"closed in headers"}, all: true},
		"Apache HttpClient":                                    {text: "org.apache.http.NoHttpResponseException: localhost:8080 failed to respond", want: []string{"closed in headers"}, all: true},
		"Apache HttpClient, which names no host":               {text: "The target server failed to respond", want: []string{"closed in headers"}, all: true},
		"words of Apache HttpClient, and of many":              {text: "localhost:8080 failed to respond", want: []string{"closed in headers", "timeout in headers"}, all: true},
		"Apache HttpClient, of what is no HTTP":                {text: "The server failed to respond with a valid HTTP response", want: []string{"malformed in headers"}, all: true},
		"OkHttp":                                               {text: "java.io.IOException: unexpected end of stream on http://127.0.0.1:8080/...", want: []string{"closed in headers"}, all: true},
		"OkHttp, in the body":                                  {text: "java.net.ProtocolException: unexpected end of stream", want: []string{"closed in body", "closed in headers"}, all: true},
		"urllib3, and what stands behind it":                   {text: "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))", want: []string{"closed in headers"}, all: true},
		"urllib3 alone":                                        {text: "('Connection aborted.', ", want: []string{"closed in headers", "reset in headers", "malformed in headers", "too_large in headers"}, all: true},
		"Node's fetch, which does not say why":                 {text: "TypeError: fetch failed", want: []string{"refused in connect", "not_found in dns", "closed in headers", "reset in headers"}},
		"Node's fetch, before the body":                        {text: "TypeError: fetch failed\n  [cause]: SocketError: other side closed\n  code: 'UND_ERR_SOCKET'", want: []string{"closed in headers"}, all: true},
		"Node's fetch, in the body":                            {text: "TypeError: terminated\n  [cause]: SocketError: other side closed\n  code: 'UND_ERR_SOCKET'", want: []string{"closed in body"}, all: true},
		"Go, of a body that is no gzip":                        {text: "gzip: invalid header", want: []string{"answered 200"}, all: true},
		"Python, of a body that is no gzip":                    {text: "gzip.BadGzipFile: Not a gzipped file (b'no')", want: []string{"answered 200"}, all: true},
		"requests, of a body that is no gzip":                  {text: "requests.exceptions.ContentDecodingError: ('Received response with content-encoding: gzip, but failed to decode it.', error('Error -3 while decompressing data: incorrect header check'))", want: []string{"answered 200"}, all: true},
		"Node, of a body that is no gzip":                      {text: "TypeError: terminated\n  [cause]: Error: incorrect header check\n  code: 'Z_DATA_ERROR'", want: []string{"answered 200"}, all: true},
		"curl, of a body that is no gzip":                      {text: "curl: (61) Error while processing content unencoding: incorrect header check", want: []string{"answered 200"}, all: true},
		"Python, of half a gzip":                               {text: "EOFError: Compressed file ended before the end-of-stream marker was reached", want: []string{"answered 200"}, all: true},
		"Node, of half a gzip":                                 {text: "Error: unexpected end of file\n  code: 'Z_BUF_ERROR'", want: []string{"answered 200"}, all: true},
		"a fetch that failed beside one that did not":          {text: "HTTP 200, fetch failed", want: []string{"refused in connect"}},
		"a good status and a word in passing":                  {text: "HTTP 200, timeout=5s", want: []string{"answered 200"}, all: true},
		"a bad status with a body that is no gzip":             {text: "HTTP 503: gzip: invalid header", want: []string{"answered 503"}},
		"nothing that is known":                                {text: "it does not work", want: nil, all: true},
		"nothing":                                              {text: "", want: nil, all: true},

		"a time-out by a deadline":                             {text: "timed out", after: 1030 * time.Millisecond, want: []string{"timeout in headers", "timeout in body"}},
		"a time-out before all deadlines":                      {text: "timeout", after: 300 * time.Millisecond, want: []string{"timeout in connect by the dialer"}},
		"a Go client's text says that it was no dialer":        {text: "Client.Timeout exceeded while awaiting headers", after: 300 * time.Millisecond, want: waiting, all: true},
		"too soon for the time-out that the text may mean too": {text: "no headers by 1.000 s, or answered 503", after: 300 * time.Millisecond, want: []string{"answered 503"}},
		"just behind a deadline, both may be":                  {text: "no headers by 1.000 s, or answered 503", after: 1020 * time.Millisecond, want: []string{"answered 503", "timeout in headers"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := []scenarios.Saying{{Text: "no headers by", By: "a report", Means: []sender.Outcome{{Kind: sender.Timeout, Phase: sender.PhaseHeaders}}}}
			got := causes(scenarios.Explain(scenarios.Question{Text: tt.text, After: tt.after, Profiles: platforms(t), Sayings: own}))
			if !tt.all {
				got = got[:min(len(got), len(tt.want))]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("causes of %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// What a platform does is what its facts say, of the same endpoint at the same
// time.
func TestWhatPlatformsMakeOfACause(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text  string
		after time.Duration
		want  [2]string // parts of what is said of each
	}{
		"a slow handler":                      {"timeout in headers", 0, [2]string{"not repeated (documented 2026-02-09)", "repeated for up to 48 h (documented 2026-08-19)"}},
		"words without EOF in them":           {"http: server closed idle connection", 0, [2]string{"not repeated (documented 2026-02-09)", "repeated for up to 48 h"}},
		"a slow body":                         {"timeout in body", 0, [2]string{"repeated once (documented 2026-02-09)", "repeated for up to 48 h"}},
		"a dialer's limit":                    {"i/o timeout", 0, [2]string{"repeated once (documented 2026-02-09)", "repeated for up to 48 h"}},
		"one deadline is over, one is not":    {"timeout in headers", 1030 * time.Millisecond, [2]string{"a second click sends it again", "still waiting at 1.03 s: its deadline is 16 s"}},
		"an answer too late for one of them":  {"503", 5 * time.Second, [2]string{"had cut it off before, at 1 s: ", "repeated for up to 48 h"}},
		"a late answer on a contested side":   {"answered 200", 1030 * time.Millisecond, [2]string{"passes at 2 s", "the presser sees a log entry"}},
		"what is asked for in an answer":      {"too_many_requests", 0, [2]string{"not repeated", "the answer asks for 30 s"}},
		"a time-out long after one deadline":  {"timeout in headers", 16 * time.Second, [2]string{"had cut it off before, at 1 s: ", "repeated for up to 48 h"}},
		"a time-out by the contested side":    {"timeout in headers", 2020 * time.Millisecond, [2]string{"not repeated", "still waiting at 2.02 s"}},
		"an answer that only one calls a yes": {"status 202", 0, [2]string{"only 200 counts as delivered", "the presser sees a log entry"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scenarios.Explain(scenarios.Question{Text: tt.text, After: tt.after, Profiles: platforms(t)})
			if len(e.Causes) == 0 {
				t.Fatal("no cause")
			}
			for i, f := range e.Causes[0].Platforms {
				said := f.Instead + ": "
				if f.Delivery != nil {
					said += f.Delivery.Consequence.Text
					for _, h := range f.Delivery.Hinges {
						said += "; " + h.Text
					}
				}
				if !strings.Contains(said, tt.want[i]) {
					t.Errorf("%s: %q, want %q in it", f.Title, said, tt.want[i])
				}
			}
		})
	}
}

func FuzzExplain(f *testing.F) {
	for _, seed := range []string{
		"timeout in tls", "502", `{"kind":"reset","phase":"tls","status":503,"a":[{"b":"EOF"}]}`, "curl: (28) timed out \xff\x00\x1b[31m", "EOF EOF EOF",
		"status 999 http/1.1 100", "\u0130 eof \u2019", "unreachable", "answered", "fault hang", "canceled",
	} {
		f.Add(seed, int64(0))
		f.Add(seed, int64(1030*time.Millisecond))
	}
	profiles := platforms(f)
	f.Fuzz(func(t *testing.T, text string, after int64) {
		q := scenarios.Question{Text: text, After: time.Duration(max(0, after)), Profiles: profiles}
		e := scenarios.Explain(q)
		if diff := cmp.Diff(causes(e), causes(scenarios.Explain(q))); diff != "" {
			t.Errorf("explained twice: %s", diff)
		}
		if (len(e.Read) == 0) != (len(e.Causes) == 0) {
			t.Errorf("%d texts were recognized, and there are %d causes", len(e.Read), len(e.Causes))
		}
		for _, c := range e.Causes {
			if c.Does == "" || len(c.Why) == 0 || len(c.Platforms) != len(profiles) {
				t.Errorf("%+v says too little", c)
			}
		}
	})
}
