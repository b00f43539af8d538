package receiver_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
)

func prefixes(t testing.TB, list ...string) []netip.Prefix {
	t.Helper()
	ps, err := receiver.ParsePrefixes(list)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func TestParsePrefixesNamesWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		list []string
		says string
	}{
		"an empty list":                {nil, "empty"},
		"an empty entry":               {[]string{"127.0.0.1", ""}, `""`},
		"a name":                       {[]string{"localhost"}, `"localhost"`},
		"a bad prefix length":          {[]string{"10.0.0.0/33"}, `"10.0.0.0/33"`},
		"host bits":                    {[]string{"10.0.0.1/8"}, "10.0.0.0/8"},
		"a zone":                       {[]string{"fe80::1%eth0"}, "zone"},
		"a zone in a prefix":           {[]string{"fe80::%eth0/64"}, "zone"},
		"leading zeros":                {[]string{"010.0.0.1"}, `"010.0.0.1"`},
		"a mapped prefix that is wide": {[]string{"::ffff:0:0/90"}, "/96"},
		"a range":                      {[]string{"10.0.0.1-10.0.0.9"}, "would do"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := receiver.ParsePrefixes(test.list); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("ParsePrefixes(%q) = %v, %v; want an error with %q", test.list, got, err, test.says)
			}
		})
	}
	got := prefixes(t, "127.0.0.1", "::ffff:10.0.0.0/104", "2001:db8::/32", "unix", "::1")
	want := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"), receiver.UnixPeer, netip.MustParsePrefix("::1/128")}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("ParsePrefixes() mismatch (-want +got):\n%s", diff)
	}
}

func TestWhoseAddressCounts(t *testing.T) {
	const peer, proxy = "203.0.113.9", "10.0.0.1"
	type header = map[string][]string
	xff := func(lines ...string) header { return header{"X-Forwarded-For": lines} }
	fwd := func(lines ...string) header { return header{"Forwarded": lines} }
	tests := map[string]struct {
		peer    string
		trusted []string
		header  string
		sent    header
		addr    string // "" is undetermined
		reason  string
	}{
		"without trusted proxies only the peer counts": {peer, nil, "", header{
			"X-Forwarded-For": {"10.9.9.9"}, "X-Real-Ip": {"10.9.9.9"}, "Forwarded": {"for=10.9.9.9"},
			"True-Client-Ip": {"10.9.9.9"}, "Cf-Connecting-Ip": {"10.9.9.9"}, "X-Client-Ip": {"10.9.9.9"},
		}, peer, receiver.ReasonPeer},
		"a header of an untrusted peer is ignored, and said to be": {peer, []string{proxy}, "", xff("10.9.9.9"), peer, receiver.ReasonUntrusted},
		"an untrusted peer without a header is the peer":           {peer, []string{proxy}, "", nil, peer, receiver.ReasonPeer},
		"a trusted peer's header is read":                          {proxy, []string{proxy}, "", xff("192.0.2.1"), "192.0.2.1", receiver.ReasonForwarded},
		"exactly one header is read":                               {proxy, []string{proxy}, "", header{"X-Real-Ip": {"10.9.9.9"}, "X-Forwarded-For": {"192.0.2.1"}}, "192.0.2.1", receiver.ReasonForwarded},
		"another header may be named":                              {proxy, []string{proxy}, "x-real-ip", header{"X-Real-Ip": {"192.0.2.7"}, "X-Forwarded-For": {"10.9.9.9"}}, "192.0.2.7", receiver.ReasonForwarded},
		"the walk goes from the right past trusted ones":           {proxy, []string{"10.0.0.0/8"}, "", xff("6.6.6.6, 192.0.2.1, 10.0.0.3, 10.0.0.2"), "192.0.2.1", receiver.ReasonForwarded},
		"all lines are joined in order":                            {proxy, []string{"10.0.0.0/8"}, "", xff("6.6.6.6", "192.0.2.1", "10.0.0.2"), "192.0.2.1", receiver.ReasonForwarded},
		"garbage left of the answer does not matter":               {proxy, []string{proxy}, "", xff("<script>, unknown, 192.0.2.1"), "192.0.2.1", receiver.ReasonForwarded},
		"garbage on the walk ends it":                              {proxy, []string{"10.0.0.0/8"}, "", xff("192.0.2.1, garbage, 10.0.0.2"), "", receiver.ReasonUndetermined},
		"all trusted: the leftmost":                                {proxy, []string{"10.0.0.0/8"}, "", xff("10.0.0.9, 10.0.0.8"), "10.0.0.9", receiver.ReasonAllTrusted},
		"an empty header is the peer":                              {proxy, []string{proxy}, "", xff(" , "), proxy, receiver.ReasonPeer},
		"no header is the peer":                                    {proxy, []string{proxy}, "", nil, proxy, receiver.ReasonPeer},
		"a port is stripped":                                       {proxy, []string{proxy}, "", xff("192.0.2.1:4711"), "192.0.2.1", receiver.ReasonForwarded},
		"a bracketed port is stripped":                             {proxy, []string{proxy}, "", xff("[2001:db8::1]:4711"), "2001:db8::1", receiver.ReasonForwarded},
		"a port that is none":                                      {proxy, []string{proxy}, "", xff("192.0.2.1:nope"), "", receiver.ReasonUndetermined},
		"a port out of range":                                      {proxy, []string{proxy}, "", xff("192.0.2.1:65536"), "", receiver.ReasonUndetermined},
		"an empty port":                                            {proxy, []string{proxy}, "", xff("192.0.2.1:"), "", receiver.ReasonUndetermined},
		"a mapped address in the header is its IPv4":               {proxy, []string{proxy}, "", xff("::ffff:192.0.2.1"), "192.0.2.1", receiver.ReasonForwarded},
		"a mapped peer is its IPv4":                                {"::ffff:10.0.0.1", []string{proxy}, "", xff("192.0.2.1"), "192.0.2.1", receiver.ReasonForwarded},
		"a compatible address is not mapped":                       {proxy, []string{proxy}, "", xff("::192.0.2.1"), "::c000:201", receiver.ReasonForwarded},
		"a translated address is not mapped":                       {proxy, []string{proxy}, "", xff("64:ff9b::192.0.2.1"), "64:ff9b::c000:201", receiver.ReasonForwarded},
		"a zone is dropped":                                        {"fe80::1%eth0", []string{"fe80::1"}, "", xff("fe80::2%eth1"), "fe80::2", receiver.ReasonForwarded},
		"leading zeros":                                            {proxy, []string{proxy}, "", xff("192.000.2.1"), "", receiver.ReasonUndetermined},
		"a short address":                                          {proxy, []string{proxy}, "", xff("127.1"), "", receiver.ReasonUndetermined},
		"a decimal address":                                        {proxy, []string{proxy}, "", xff("2130706433"), "", receiver.ReasonUndetermined},
		"a hex address":                                            {proxy, []string{proxy}, "", xff("0x7f.0.0.1"), "", receiver.ReasonUndetermined},
		"full-width dots":                                          {proxy, []string{proxy}, "", xff("127\uff0e0\uff0e0\uff0e1"), "", receiver.ReasonUndetermined},
		"a prefix in the header":                                   {proxy, []string{proxy}, "", xff("192.0.2.1/32"), "", receiver.ReasonUndetermined},
		"a quoted address where none is quoted":                    {proxy, []string{proxy}, "", xff(`"192.0.2.1"`), "", receiver.ReasonUndetermined},

		"Forwarded":                                   {proxy, []string{proxy}, "forwarded", fwd("for=192.0.2.1"), "192.0.2.1", receiver.ReasonForwarded},
		"Forwarded: names in any case":                {proxy, []string{proxy}, "Forwarded", fwd("By=10.0.0.1;FOR=192.0.2.1;proto=https"), "192.0.2.1", receiver.ReasonForwarded},
		"Forwarded: quoted, with a port":              {proxy, []string{proxy}, "Forwarded", fwd(`for="192.0.2.1:4711"`), "192.0.2.1", receiver.ReasonForwarded},
		"Forwarded: IPv6 in brackets":                 {proxy, []string{proxy}, "Forwarded", fwd(`for="[2001:db8::1]:4711"`), "2001:db8::1", receiver.ReasonForwarded},
		"Forwarded: IPv6 without brackets":            {proxy, []string{proxy}, "Forwarded", fwd(`for="2001:db8::1"`), "", receiver.ReasonUndetermined},
		"Forwarded: a port without quotes":            {proxy, []string{proxy}, "Forwarded", fwd(`for=192.0.2.1:80`), "", receiver.ReasonUndetermined},
		"Forwarded: ; and , inside quotes":            {proxy, []string{proxy}, "Forwarded", fwd(`for=6.6.6.6;host="a,for=7.7.7.7;b", for=192.0.2.1;host="x;y,z"`), "192.0.2.1", receiver.ReasonForwarded},
		"Forwarded: an escape in quotes":              {proxy, []string{proxy}, "Forwarded", fwd(`for="192.0.2\.1"`), "192.0.2.1", receiver.ReasonForwarded},
		"Forwarded: unknown":                          {proxy, []string{proxy}, "Forwarded", fwd("for=192.0.2.1, for=unknown"), "", receiver.ReasonUndetermined},
		"Forwarded: obfuscated":                       {proxy, []string{proxy}, "Forwarded", fwd("for=_hidden"), "", receiver.ReasonUndetermined},
		"Forwarded: two for in one element":           {proxy, []string{proxy}, "Forwarded", fwd("for=192.0.2.1;for=192.0.2.2"), "", receiver.ReasonUndetermined},
		"Forwarded: an element without for":           {proxy, []string{proxy}, "Forwarded", fwd("for=192.0.2.1, proto=https"), "", receiver.ReasonUndetermined},
		"Forwarded: an open quote swallows nothing":   {proxy, []string{proxy}, "Forwarded", fwd(`for="6.6.6.6`, "for=192.0.2.1"), "192.0.2.1", receiver.ReasonForwarded},
		"Forwarded: an open quote in the same line":   {proxy, []string{proxy}, "Forwarded", fwd(`for=6.6.6.6;x=", for="[2001:db8::9]"`), "", receiver.ReasonUndetermined},
		"Forwarded: a trusted one on the right":       {proxy, []string{"10.0.0.0/8"}, "Forwarded", fwd("for=192.0.2.1, for=10.0.0.5"), "192.0.2.1", receiver.ReasonForwarded},
		"Forwarded: X-Forwarded-For is not looked at": {proxy, []string{proxy}, "Forwarded", xff("192.0.2.1"), proxy, receiver.ReasonPeer},
	}
	p := open(t, "flashduty")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := []receiver.Option{receiver.WithChecks()}
			if test.trusted != nil {
				opts = append(opts, receiver.WithTrustedProxies(prefixes(t, test.trusted...), test.header))
			}
			r := receiver.New(p, opts...)
			req := request(t, p, nil, netip.AddrPortFrom(netip.MustParseAddr(test.peer), 4000).String())
			for name, values := range test.sent {
				req.Header[name] = values
			}
			serve(r, req)
			c := newest(t, r).Request.Client
			addr := ""
			if c.Addr.IsValid() {
				addr = c.Addr.String()
			}
			if addr != test.addr || c.Reason != test.reason {
				t.Errorf("Client = %+v, want %q because %q", c, test.addr, test.reason)
			}
		})
	}
}

func TestSourceCheckRefusesAndTellsWhy(t *testing.T) {
	p := open(t, "flashduty")
	r := receiver.New(p,
		receiver.WithChecks(receiver.CheckSource(prefixes(t, "192.0.2.0/24"), receiver.DefaultSourceStatus)),
		receiver.WithTrustedProxies(prefixes(t, "10.0.0.0/8"), ""))
	send := func(peer, forwarded string) (int, string, receiver.Entry) {
		req := request(t, p, nil, peer)
		if forwarded != "" {
			req.Header.Set("X-Forwarded-For", forwarded)
		}
		w := serve(r, req)
		return w.Code, w.Body.String(), newest(t, r)
	}

	code, _, e := send("10.0.0.1:9", "192.0.2.77, 10.0.0.2")
	if code != 200 || e.Request.Client.Match != "192.0.2.0/24" || len(e.Findings) != 0 {
		t.Errorf("a listed client: %d, %+v", code, e)
	}
	want := receiver.Client{Peer: "10.0.0.1", Addr: netip.MustParseAddr("192.0.2.77"), Header: "X-Forwarded-For",
		Chain: []string{"192.0.2.77", "10.0.0.2"}, Reason: receiver.ReasonForwarded, Match: "192.0.2.0/24"}
	if diff := cmp.Diff(want, e.Request.Client, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("Client mismatch (-want +got):\n%s", diff)
	}

	code, body, e := send("203.0.113.5:9", "192.0.2.77")
	if code != 403 || !strings.Contains(body, "203.0.113.5") || !strings.Contains(body, "192.0.2.0/24") || strings.Contains(body, "192.0.2.77") {
		t.Errorf("a forged header: %d %s", code, body)
	}
	if len(e.Findings) != 1 || e.Findings[0].Check != "source" {
		t.Errorf("findings %+v, want source alone", e.Findings)
	}

	const evil = "<script>alert(1)</script>"
	code, body, _ = send("10.0.0.1:9", evil)
	if code != 403 || strings.Contains(body, "script") || !strings.Contains(body, receiver.ReasonUndetermined) {
		t.Errorf("an unreadable header: %d %s", code, body)
	}
}

func TestEmptyListAllowsNobody(t *testing.T) {
	p := open(t, "flashduty")
	r := receiver.New(p, receiver.WithChecks(receiver.CheckSource(nil, 403)))
	if w := serve(r, request(t, p, nil, "127.0.0.1:9")); w.Code != http.StatusForbidden {
		t.Errorf("answered %d, want 403", w.Code)
	}
}

func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "for=192.0.2.1", `for="[2001:db8::1]:80";by=x, for=_y`, `for="`, `a=b;;c`, "[::1]:9, x", `x="\`, ",,", "::ffff:1.2.3.4%e"} {
		f.Add(seed)
	}
	p := open(f, "flashduty")
	trusted := prefixes(f, "10.0.0.0/8")
	f.Fuzz(func(t *testing.T, line string) {
		for _, header := range []string{"X-Forwarded-For", "Forwarded"} {
			r := receiver.New(nil, receiver.WithTrustedProxies(trusted, header), receiver.WithChecks(receiver.CheckSource(trusted, 403)))
			req := request(t, p, nil, "10.0.0.1:9")
			req.Header[header] = []string{line}
			serve(r, req)
			c := newest(t, r).Request.Client
			if c.Addr.IsValid() == (c.Reason == receiver.ReasonUndetermined) || c.Addr.Is4In6() || c.Addr.Zone() != "" {
				t.Fatalf("%s %q: %+v", header, line, c)
			}
		}
	})
}
