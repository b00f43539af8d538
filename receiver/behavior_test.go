package receiver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
)

func TestParseBehaviorReadsWhatStringWrites(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"a status":                             {"status 200", "status 200"},
		"a late status":                        {"delay 900ms + status 200", "delay 900ms + status 200"},
		"a delay alone is a late status 200":   {"delay 900ms", "delay 900ms + status 200"},
		"a late body":                          {"status 200 + delay 1s", "status 200 + delay 1s"},
		"late at every place":                  {"delay 1s + status 200 + delay 2s + body a b + delay 3s", "delay 1s + status 200 + delay 2s + body a b + delay 3s"},
		"headers":                              {"status 429 + header retry-after 30 + header X-B c d", "status 429 + header Retry-After 30 + header X-B c d"},
		"the same header twice":                {"status 200 + header Set-Cookie a + header set-cookie b", "status 200 + header Set-Cookie a + header Set-Cookie b"},
		"an empty header":                      {"status 200 + header X-A", "status 200 + header X-A"},
		"a body":                               {"status 200 + body all is well", "status 200 + body all is well"},
		"a body alone":                         {"body ok", "status 200 + body ok"},
		"a body of any bytes":                  {"status 200 + body base64 eyJhIjoxfQo", "status 200 + body base64 eyJhIjoxfQo"},
		"a quoted text may hold a colon":       {`status 200 + body {"a":1}`, `status 200 + body {"a":1}`},
		"spaces are one":                       {"  first  2   reset \n then status   200 ", "first 2 reset then status 200"},
		"turns":                                {"first 2 reset then status 200", "first 2 reset then status 200"},
		"a turn is one request":                {"reset then close then status 202", "first 1 reset then first 1 close then status 202"},
		"faults":                               {"hang", "hang"},
		"a late fault":                         {"delay 1m30s + close", "delay 1m30s + close"},
		"half an answer":                       {"status 200 + body half + delay 5ms + reset", "status 200 + body half + delay 5ms + reset"},
		"headers and no more":                  {"status 200 + hang", "status 200 + hang"},
		"a body that is broken off":            {"status 200 + header A b + length 1000 + delay 5ms + body half + delay 1s + close", "status 200 + header A b + length 1000 + delay 5ms + body half + delay 1s + close"},
		"a length without any body":            {"status 200 + length 7 + hang", "status 200 + length 7 + hang"},
		"headers that are broken off":          {"delay 5ms + status 429 + header A b + cut headers + reset", "delay 5ms + status 429 + header A b + cut headers + reset"},
		"cut headers of a status with no body": {"status 204 + cut headers + close", "status 204 + cut headers + close"},
		"a turn below HTTP":                    {"accept + hang", "accept + hang"},
		"a late turn below HTTP":               {"accept + delay 1s + reset", "accept + delay 1s + reset"},
		"a close with the request unread":      {"close unread", "close unread"},
		"accept that goes without saying":      {"accept + delay 1s + close unread", "delay 1s + close unread"},
		"a late TLS handshake":                 {"tls delay 900ms", "tls delay 900ms + status 200"},
		"a late TLS handshake and no answer":   {"first 2 tls delay 1s + delay 1s + hang then status 200", "first 2 tls delay 1s + delay 1s + hang then status 200"},
		"a stall in the TLS handshake":         {"first 2 stall tls then accept + close then status 200", "first 2 stall tls then first 1 accept + close then status 200"},
		"a redirect":                           {"redirect /elsewhere", "redirect /elsewhere"},
		"a redirect with a status":             {"redirect 307 /elsewhere + header X-A b", "redirect 307 /elsewhere + header X-A b"},
		"a redirect with the usual status":     {"redirect 302 /elsewhere", "redirect /elsewhere"},
		"a redirect to itself":                 {"redirect 307 itself", "redirect 307 itself"},
		"a late rest of the headers":           {"status 200 + header A b + cut headers + delay 1s + body x", "status 200 + header A b + cut headers + delay 1s + body x"},
		"a late rest of the headers alone":     {"status 200 + cut headers + delay 1s", "status 200 + cut headers + delay 1s"},
		"a late end in mid headers":            {"status 200 + cut headers + delay 1s + reset", "status 200 + cut headers + delay 1s + reset"},
		"a late rest of the body":              {"body a + delay 1s + body b + delay 2s + close", "status 200 + body a + delay 1s + body b + delay 2s + close"},
		"a body in drops":                      {"status 200 + delay 1s + drip 2 every 5ms + body abc", "status 200 + delay 1s + drip 2 every 5ms + body abc"},
		"an answer in drops":                   {"drip 2 every 5ms + delay 1s", "delay 1s + drip 2 every 5ms + status 200"},
		"fewer bytes than there are":           {"status 200 + length 2 + body abc", "status 200 + length 2 + body abc"},
		"two lengths":                          {"status 200 + length 3 and 2 + body abc", "status 200 + length 3 and 2 + body abc"},
		"a body where none belongs":            {"status 204 + length 3 + body abc", "status 204 + length 3 + body abc"},
		"a bad chunk":                          {"status 200 + chunks bad size + body a", "status 200 + chunks bad size + body a + close"},
		"no last chunk":                        {"status 200 + chunks without end + body a + hang", "status 200 + chunks without end + body a + hang"},
		"gzip":                                 {"status 200 + header A b + gzip lie + body a", "status 200 + header A b + gzip lie + body a"},
		"large headers":                        {"status 200 + big header 9 + body a", "status 200 + big header 9 + body a"},
		"many headers, cut":                    {"status 200 + many headers 9 + cut headers + close", "status 200 + many headers 9 + cut headers + close"},
		"no HTTP":                              {"garbage", "garbage + close"},
		"without end":                          {"delay 1s + endless 103 then status 200 + endless body", "first 1 delay 1s + endless 103 then status 200 + endless body"},
		"an idle connection that is closed":    {"status 200 + body a + close next", "status 200 + body a + close next"},
		"read, and then":                       {"read + delay 1s + reset", "read + delay 1s + reset"},
		"every third":                          {"every 3 reset else status 200", "every 3 reset else status 200"},
		"by chance":                            {"first 9 chance 0.5% body or else status 200 then hang", "first 9 chance 0.5% status 200 + body or else status 200 then hang"},
		"choices in choices":                   {"every 3 every 2 reset else close else chance 10% hang else status 200", "every 3 every 2 reset else close else chance 10% hang else status 200"},
		"below HTTP by chance":                 {"chance 10% accept + reset else status 200", "chance 10% accept + reset else status 200"},
		"a delay between two":                  {"delay uniform 1ms 1s", "delay uniform 1ms 1s + status 200"},
		"a normal delay":                       {"delay normal 1s 100ms + status 200", "delay normal 1s 100ms + status 200"},
		"a long tail":                          {"delay lognormal 80ms 900ms + status 503", "delay lognormal 80ms 900ms + status 503"},
		"by quantiles":                         {"delay quantiles 50% 10ms 99.9% 1s + status 200", "delay quantiles 50% 10ms 99.9% 1s + status 200"},
		"else is a word where nobody waits":    {"status 200 + body or else", "status 200 + body base64 b3IgZWxzZQ"},
		"a limit":                              {"first 9 limit 2 per 30s delay uniform 1ms 2ms then hang", "first 9 limit 2 per 30s delay uniform 1ms 2ms + status 200 then hang"},
		"a fault by its name":                  {"first 2 fault length_twice then fault hang", "first 2 status 200 + length 5 and 7 + body whole then hang"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, err := receiver.ParseBehavior(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != test.want {
				t.Errorf("ParseBehavior(%q).String() = %q, want %q", test.text, got, test.want)
			}
			again, err := receiver.ParseBehavior(test.want)
			if err != nil || again.String() != test.want {
				t.Errorf("ParseBehavior(%q) = %v, %v", test.want, again, err)
			}
		})
	}
}

func TestParseBehaviorPointsAtTheWord(t *testing.T) {
	tests := map[string]struct {
		text   string
		column int
		says   string
	}{
		"nothing":                         {"", 1, "a step is missing"},
		"a slip":                          {"first 2 rset then status 200", 9, `did you mean "reset"?`},
		"a slip in a later turn":          {"first 2 reset then sttus 200", 20, `did you mean "status"?`},
		"characters, not bytes":           {"status 200 + body žluťoučký then kůň", 34, "unknown word"},
		"no status":                       {"status", 7, "nothing after"},
		"a status that is none":           {"status ok", 8, "a number from 200 to 999"},
		"an informational status":         {"status 100", 8, "a number from 200 to 999"},
		"a delay without unit":            {"delay 900", 7, "900ms or 900s?"},
		"a delay of no length":            {"delay + status 200", 7, "how long"},
		"a negative delay":                {"delay -1s", 7, "out of bounds"},
		"a delay of days":                 {"delay 25h", 7, "at most 24h"},
		"a delay that overflows":          {"delay 99999999999999999999h", 7, "is no duration"},
		"first of nothing":                {"first reset then status 200", 7, `"reset" after "first"`},
		"first without end":               {"first 2 reset", 1, `add "then status 200"`},
		"first too many":                  {"first 99999999 reset then status 200", 7, "1 to 1000000"},
		"a forgotten +":                   {"delay 1s status 200", 10, `join steps with "+"`},
		"a + at the end":                  {"status 200 +", 13, "a step is missing"},
		"a then at the end":               {"status 200 then", 16, "a step is missing"},
		"two statuses":                    {"status 200 + status 201", 14, `joined with "then"`},
		"something after the end":         {"reset + status 200", 9, "nothing follows"},
		"a header before the status":      {"header A b + status 200", 1, "directly after the status"},
		"a header after the headers":      {"status 200 + delay 1s + header A b", 25, "directly after the status"},
		"a header name that is none":      {"status 200 + header A: b", 21, "no name of a header"},
		"a header that is ours":           {"status 200 + header content-length 5", 21, "leave it out"},
		"a header that smuggles":          {"status 200 + header A base64 DQpCOiBj", 23, "control character"},
		"a body where none can be":        {"status 204 + body x", 14, "has no body"},
		"a late body where none can be":   {"first 1 reset then status 304 + delay 1s", 33, "has no body"},
		"a body of nothing":               {"status 200 + body", 18, "a body of what"},
		"bytes that are no base64":        {"status 200 + body base64 !!", 19, "not base64"},
		"a redirect to nowhere":           {"redirect", 9, "to where"},
		"a redirect that is none":         {"redirect 200 /x", 10, "300 to 399"},
		"a file where no folder is given": {"status 200 + body file ok.json", 19, "no folder"},
		"a length that is true":           {"status 200 + length 4 + body half + close", 14, "length 4 for a body of 4 bytes"},
		"a length without end":            {"status 200 + length 9 + body half", 34, `"length", and then?`},
		"a length of nothing":             {"status 200 + length", 20, "nothing after"},
		"two lengths":                     {"status 200 + length 9 + length 8 + close", 25, "a second length"},
		"a length before the status":      {"length 9 + status 200 + close", 1, "directly after the status"},
		"a length where no body can be":   {"status 204 + length 9 + close", 14, "has no body"},
		"cut what":                        {"status 200 + cut body + close", 18, `"cut headers" would do`},
		"cut after the body":              {"status 200 + body x + cut headers + close", 23, "directly after the status"},
		"cut headers without end":         {"status 200 + cut headers then status 200", 26, `"cut headers", and then?`},
		"a body after cut headers":        {"status 200 + cut headers + body x", 28, "hang, close or reset would do"},
		"accept and then nothing":         {"accept", 7, `"accept", and then?`},
		"accept and then an answer":       {"accept + status 200", 10, "no request is read there"},
		"accept too late":                 {"delay 1s + accept + reset", 12, "first step of its turn"},
		"an answer after a stall":         {"stall tls + status 200", 13, "nothing follows"},
		"unread after a status":           {"status 200 + close unread", 14, "below HTTP"},
		"tls what":                        {"tls 900ms", 5, `"tls delay 900ms + status 200" would do`},
		"tls delay in second place":       {"delay 1s + tls delay 1s", 12, "first step of its turn"},
		"tls delay after the status":      {"status 200 + tls delay 1s", 14, "first step of its turn"},
		"a second tls delay":              {"tls delay 1s + tls delay 1s", 16, "the sum would do"},
		"tls delay and a stall":           {"tls delay 1s + stall tls", 16, "a status follows"},
		"tls delay below HTTP":            {"tls delay 1s + accept + hang", 16, "first step of its turn"},
		"a limit of handshakes":           {"limit 2 per 30s tls delay 1s", 17, "what it limits is in HTTP"},
		"stall what":                      {"stall tsl", 7, `"stall tls" would do`},
		"every, and for the others":       {"every 3 reset", 14, "and what for the others?"},
		"every nothing":                   {"every reset else status 200", 7, "1 to 1000000"},
		"a chance of what":                {"chance 10 reset else status 200", 8, "10% or 0.5% would do"},
		"a chance of more than all":       {"chance 101% reset else status 200", 8, "10% or 0.5% would do"},
		"else without a choice":           {"status 200 else status 201", 12, `"else" belongs to`},
		"a fault that there is not":       {"first 2 fault rset then status 200", 15, `did you mean "reset"?`},
		"a fault of TLS alone":            {"fault expired", 7, "is no fault of an answer"},
		"a latency after the status":      {"status 200 + delay uniform 1s 2s", 14, "stands before it"},
		"a latency upside down":           {"delay uniform 2s 1s", 18, "the smaller one stands first"},
		"quantiles upside down":           {"delay quantiles 50% 2s 99% 1s", 24, "both rise"},
		"quantiles of nothing":            {"delay quantiles", 16, "10% or 0.5% would do"},
		"a latency and a delay":           {"delay 1s + delay uniform 1s 2s", 12, "one of them would do"},
		"a drip without pause":            {"drip 1 + status 200", 8, "drip how often?"},
		"a drip after the body":           {"status 200 + body x + drip 1 every 1s", 23, "before the body"},
		"chunks of what":                  {"status 200 + chunks bad", 14, "says nothing"},
		"chunks and a length":             {"status 200 + chunks bad size + length 9 + body x", 32, "leave one of them out"},
		"chunks where no body can be":     {"status 204 + chunks bad size + body x", 32, "has no body"},
		"garbage after a status":          {"status 200 + garbage", 14, "in place of the status"},
		"an answer after garbage":         {"garbage + status 200", 11, "hang, close or reset would do"},
		"something after the endless":     {"endless 100 + close", 15, "nothing follows"},
		"headers without number":          {"status 200 + many headers + body x", 27, "1 to 100000"},
		"a third part":                    {"body a + delay 1s + body b + delay 1s + body c", 41, "a second body"},
		"close next to what is not whole": {"status 200 + length 9 + body x + close next", 44, "not whole"},
		"read and stall":                  {"read + stall tls", 8, "hang, close or reset would do"},
		"a limit in no time":              {"limit 2 status 200", 9, "in what time?"},
		"a limit of connections":          {"limit 2 per 1s every 2 accept + reset else status 200", 16, "it counts requests"},
		"a limit in a choice":             {"every 2 limit 2 per 1s status 200 else status 201", 9, "unknown word"},
		"two delays in one place":         {"delay 1s + delay 2s + status 200", 12, "the sum"},
		"no UTF-8":                        {"status \xff", 1, "not UTF-8"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := receiver.ParseBehavior(test.text)
			var wrong *receiver.BehaviorError
			if !errors.As(err, &wrong) {
				t.Fatalf("ParseBehavior(%q) = %v, want a *BehaviorError", test.text, err)
			}
			if wrong.Column != test.column || !strings.Contains(err.Error(), test.says) {
				t.Errorf("ParseBehavior(%q) = %v\nwant column %d and %q", test.text, err, test.column, test.says)
			}
		})
	}
}

func FuzzParseBehavior(f *testing.F) {
	for _, seed := range []string{
		"status 200", "first 2 reset then status 200", "delay 900ms + status 200 + header A b + delay 1s + body x y + delay 1s",
		"redirect 307 /x", "status 200 + body base64 AAE", "hang then close", "status 200 + body then", "first 0 hang", "body file x",
		"accept + delay 1s + reset", "first 3 close unread then stall tls", "status 200 + length 9 + body x + close", "status 204 + cut headers + hang", "accept + close unread",
		"every 3 read + hang else chance 0.5% fault reset else delay quantiles 5% 1ms 9% 2s + status 200", "drip 1 every 1s + status 200 + chunks bad size + body x",
		"status 200 + cut headers + delay 1s + body x + delay 1s + body y + delay 1s + reset", "status 204 + length 3 and 9 + body abc", "endless 100 then garbage",
		"status 200 + big header 9 + cut headers + delay 1s", "body x + close next then status 200 + gzip cut", "first 3 every 2 body else else body then else",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := receiver.ParseBehavior(text)
		var wrong *receiver.BehaviorError
		switch {
		case err == nil:
		case !errors.As(err, &wrong) || wrong.Column < 1:
			t.Fatalf("ParseBehavior(%q) = %v, want a column", text, err)
		default:
			return
		}
		again, err := receiver.ParseBehavior(b.String())
		if err != nil {
			t.Fatalf("ParseBehavior(%q).String() = %q, which cannot be read: %v", text, b.String(), err)
		}
		if again.String() != b.String() {
			t.Fatalf("%q becomes %q becomes %q", text, b.String(), again.String())
		}
	})
}

// What Go users write as a struct, String must spell so that it reads the same.
func FuzzAnswerString(f *testing.F) {
	f.Add("ok", "value", []byte("body"), int64(0))
	f.Add("X-A", " a  b ", []byte("then + x"), int64(time.Second))
	f.Add("Y", "base64 x", []byte("\x00\xff\n"), int64(time.Hour))
	f.Fuzz(func(t *testing.T, name, value string, body []byte, delay int64) {
		a := receiver.Answer{Status: 200, Header: http.Header{"X-A": {value}}, Body: body, Delay: time.Duration(delay)}
		if strings.ContainsAny(value, "\r\n\x00\x7f") || strings.IndexFunc(value, func(r rune) bool { return r < ' ' }) >= 0 || delay < 0 || a.Delay > receiver.MaxDelay {
			return // no header can hold it, no delay is so long
		}
		b, err := receiver.ParseBehavior(a.String())
		if err != nil {
			t.Fatalf("%q cannot be read: %v", a.String(), err)
		}
		if len(a.Body) == 0 {
			a.Body = nil
		}
		if diff := cmp.Diff(receiver.Behavior(a), b); diff != "" {
			t.Errorf("%q reads otherwise (-want +got):\n%s", a.String(), diff)
		}
	})
}

func TestDelaysAreNeverShort(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "delay 40ms + status 200 + delay 30ms + body late + delay 20ms")))
	s := start(t, r)
	begun := time.Now()
	resp, err := http.Post(s.URL(), "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	headers := time.Since(begun)
	body := bufio.NewReader(resp.Body)
	if _, err := body.ReadByte(); err != nil {
		t.Fatal(err)
	}
	first := time.Since(begun)
	if rest, err := io.ReadAll(body); err != nil || string(rest) != "ate" {
		t.Errorf("the rest of the body is %q, %v", rest, err)
	}
	end := time.Since(begun)
	resp.Body.Close()
	if headers < 40*time.Millisecond || first < 70*time.Millisecond || end < 90*time.Millisecond {
		t.Errorf("headers after %s, body after %s, end after %s; want at least 40, 70, 90 ms", headers, first, end)
	}
	entries, err := r.Journal().Wait(soon(t), receiver.Match{Func: completed}, 1)
	if err != nil {
		t.Fatal(err)
	}
	d := entries[0].Done
	if d.Status != 200 || d.Ended != receiver.EndedAnswered || d.BodyBytes != 4 || d.HeadersAt < 40*time.Millisecond || d.BodyAt < 90*time.Millisecond || d.Difference < 0 {
		t.Errorf("Done = %+v", d)
	}
}

func TestTurnsGoInOrderAndStartAnew(t *testing.T) {
	b := behave(t, "first 2 status 503 then status 502 then status 200")
	r := plain(receiver.WithBehavior(b))
	ask := func() (got string) {
		for range 5 {
			w := serve(r, httptest.NewRequest("POST", "/", nil))
			got += fmt.Sprint(w.Code, " ")
		}
		return got
	}
	for _, round := range []string{"first", "after SetBehavior"} {
		if got := ask(); got != "503 503 502 200 200 " {
			t.Errorf("%s: %s", round, got)
		}
		r.SetBehavior(b)
	}
	if r.Behavior() != b {
		t.Errorf("Behavior() = %v, want %v", r.Behavior(), b)
	}
}

// exchange sends one request over a raw connection and returns what came back
// and how it ended.
func exchange(t *testing.T, s *receiver.Server, extra string) (string, error) {
	t.Helper()
	conn := dial(t, s)
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"+extra); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}

func TestFaultsAreWhatTheySay(t *testing.T) {
	reset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
	tests := map[string]struct {
		behavior, extra string
		ended           string
		status          int
		answer          string // that comes before the end
		end             func(error) bool
	}{
		"close is a FIN": {"close", "", receiver.EndedClosed, 0, "", func(err error) bool { return err == nil }},
		"close drains what came behind the request": {"close", strings.Repeat("x", 64<<10), receiver.EndedClosed, 0, "", func(err error) bool { return err == nil }},
		"reset is an RST":                              {"reset", "", receiver.EndedReset, 0, "", reset},
		"a late reset":                                 {"delay 10ms + reset", "", receiver.EndedReset, 0, "", reset},
		"a FIN in mid body":                            {"status 200 + body half + close", "", receiver.EndedClosed, 200, "half", func(err error) bool { return err == nil }},
		"a FIN in mid body of a declared length":       {"status 200 + length 1000 + body half + close", "", receiver.EndedClosed, 200, "\r\nContent-Length: 1000\r\n", func(err error) bool { return err == nil }},
		"an RST in mid body of a declared length":      {"status 200 + length 1000 + body half + delay 50ms + reset", "", receiver.EndedReset, 200, "\r\n\r\nhalf", reset},
		"a FIN in mid headers":                         {"status 503 + header X-A b + cut headers + close", "", receiver.EndedClosed, 503, "HTTP/1.1 503 Service Unavailable\r\n", func(err error) bool { return err == nil }},
		"an RST in mid headers":                        {"status 503 + header X-A b + cut headers + reset", "", receiver.EndedReset, 503, "", nil},
		"an RST in mid body, the half having gone out": {"status 200 + body half + delay 50ms + reset", "", receiver.EndedReset, 200, "half", reset},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := plain(receiver.WithBehavior(behave(t, test.behavior)))
			s := start(t, r)
			answer, err := exchange(t, s, test.extra)
			if test.end == nil { // the RST may overtake what was written
				test.end, test.answer = reset, answer
			}
			if !test.end(err) || !strings.Contains(answer, test.answer) || test.answer == "" && answer != "" {
				t.Errorf("got %q and then %v", answer, err)
			}
			if strings.HasSuffix(answer, "0\r\n\r\n") {
				t.Errorf("the body was ended: %q", answer)
			}
			if err := r.Journal().Idle(soon(t)); err != nil {
				t.Fatal(err)
			}
			if d := newest(t, r).Done; d.Ended != test.ended || d.Status != test.status || d.Asked != test.behavior || d.Error != "" {
				t.Errorf("Done = %+v, want %s with status %d", d, test.ended, test.status)
			}
		})
	}
}

func TestFaultsOverTLS(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "close then reset then status 200")))
	s := start(t, r, receiver.WithMadeTLS())
	client := trusting(t, s)
	for _, want := range []string{"EOF", "reset"} {
		_, err := client.Post(s.URL(), "text/plain", strings.NewReader("x"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	resp, err := client.Post(s.URL(), "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestHangEndsWithItsClient(t *testing.T) {
	for _, text := range []string{"hang", "status 200 + hang", "delay 1h + status 200", "status 200 + delay 1h + body x"} {
		for _, pipelined := range []string{"", "POST / HTTP/1.1\r\nHost: x\r\n\r\n"} {
			if pipelined != "" && !strings.Contains(text, "hang") {
				continue // net/http sees a client leave only where it has read all that the client sent
			}
			t.Run(text+" "+pipelined, func(t *testing.T) {
				r := plain(receiver.WithBehavior(behave(t, text)))
				s := start(t, r)
				conn := dial(t, s)
				io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"+pipelined)
				if _, err := r.Journal().Wait(soon(t), receiver.Match{}, 1); err != nil {
					t.Fatal(err)
				}
				conn.Close()
				if err := r.Journal().Idle(soon(t)); err != nil {
					t.Fatalf("the behavior outlives its client: %v", err)
				}
				want := receiver.EndedHung
				if strings.Contains(text, "delay") {
					want = receiver.EndedClientGone
				}
				if d := newest(t, r).Done; d.Ended != want {
					t.Errorf("Done = %+v, want %s", d, want)
				}
			})
		}
	}
}

func TestHalfClosedClientGetsNoAnswerThatWasNotAskedFor(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "delay 1h + status 200")))
	s := start(t, r)
	conn := dial(t, s)
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")
	conn.(*net.TCPConn).CloseWrite()
	if answer, _ := io.ReadAll(conn); len(answer) > 0 {
		t.Errorf("answered %q", answer)
	}
}

func TestResponseFilesStayInTheirFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(dir+"/in", 0o700); err != nil {
		t.Fatal(err)
	}
	write("secret", "outside")
	write("in/ok.json", `{"ok": true}`)
	write("in/big", strings.Repeat("x", receiver.MaxResponseFile+1))
	if err := os.Symlink("../secret", dir+"/in/link"); err != nil {
		t.Skip("no symbolic links here")
	}
	mkfifo(t, dir+"/in/fifo")
	root, err := os.OpenRoot(dir + "/in")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	b, err := receiver.ParseBehavior("status 201 + body file ok.json", receiver.BodiesFrom(root))
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != "status 201 + body file ok.json" {
		t.Errorf("String() = %q", b)
	}
	w := serve(plain(receiver.WithBehavior(b)), httptest.NewRequest("POST", "/", nil))
	if w.Code != 201 || w.Body.String() != `{"ok": true}` || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("answered %d %v %q", w.Code, w.Header(), w.Body)
	}
	for _, name := range []string{"../secret", dir + "/secret", "link", "fifo", ".", "big", "missing", "/dev/null"} {
		_, err := receiver.ParseBehavior("body file "+name, receiver.BodiesFrom(root))
		if err == nil || strings.Contains(err.Error(), "outside") {
			t.Errorf("body file %s: %v, want an error without its content", name, err)
		}
	}
}

func TestFaultWithoutAConnectionSaysSo(t *testing.T) {
	for _, text := range []string{"hang", "close", "reset"} {
		r := plain(receiver.WithBehavior(behave(t, text)))
		w := serve(r, httptest.NewRequest("POST", "/", nil))
		if d := newest(t, r).Done; w.Code != 500 || d.Error == "" {
			t.Errorf("%s: answered %d, Done = %+v", text, w.Code, d)
		}
	}
}
