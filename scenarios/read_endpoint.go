package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hookdrill/hookdrill/receiver"
)

// endpoint reads one seat; overlay says that it is laid over another, as in a
// twin, and need not be whole.
func (l *loader) endpoint(key, n *node, stage string, overlay bool) Endpoint {
	what := "endpoint " + key.text
	e := Endpoint{Position: key.Position}
	in := scope{stage: stage, console: true}
	l.object(n, what, []field{
		{"behavior", false, func(n *node) { e.Behavior = l.behavior(n, "behavior of "+what) }},
		{"checks", false, func(n *node) { e.Checks = l.checks(n, what) }},
		{"reactions", false, func(n *node) {
			e.Reactions = []receiver.Reaction{}
			l.list(n, "reactions of "+what, func(n *node) { e.Reactions = append(e.Reactions, l.reaction(n, what, stage)) })
		}},
		{"trusted_proxies", false, func(n *node) { e.TrustedProxies = l.prefixes(n, "trusted_proxies of "+what) }},
		{"proxy_header", false, func(n *node) { e.ProxyHeader = l.token(n, "proxy_header of "+what) }},
		{"record_only", false, func(n *node) { e.RecordOnly = l.flag(n, "record_only of "+what) }},
		{"tls", false, func(n *node) { e.TLS = l.tls(n, "tls of "+what) }},
		{"require_client_cert", false, func(n *node) { e.RequireCert = l.flag(n, "require_client_cert of "+what) }},
		{"path", false, func(n *node) { e.Path = l.path(n, "path of "+what) }},
		{"url", false, func(n *node) { e.URL = l.url(n, "url of "+what, scope{stage: stage, address: true}) }},
		{"start", false, func(n *node) {
			l.list(n, "start of "+what, func(n *node) { e.Start = append(e.Start, l.expanded(n, "start of "+what, in)) })
			if n.kind == list && len(n.items) == 0 {
				l.wrong(n.Position, "start of "+what+" is empty", "name a command: [python3, app.py]")
			}
		}},
		{"env", false, func(n *node) { e.Env = l.environment(n, "env of "+what, in) }},
		{"ready", false, func(n *node) { e.Ready = l.url(n, "ready of "+what, in) }},
		{"hosts", false, func(n *node) { e.Hosts = l.texts(n, "hosts of "+what) }},
	})
	if n.kind == object && !overlay {
		l.checkSeat(n, what, e)
	}
	return e
}

// The keys that only a mock endpoint has, and those that only a real one has.
var (
	mockKeys = []string{"behavior", "checks", "reactions", "trusted_proxies", "proxy_header", "record_only", "tls", "require_client_cert", "path"}
	realKeys = []string{"start", "env", "ready", "hosts"}
)

// checkSeat refuses an endpoint that is half a mock and half a real one.
func (l *loader) checkSeat(n *node, what string, e Endpoint) {
	real := n.get("url") != nil
	for _, key := range n.keys {
		switch {
		case real && slices.Contains(mockKeys, key.text):
			l.wrong(key.Position, fmt.Sprintf("%s has url and %s", what, key.text), "url is a real endpoint, "+key.text+" belongs to a mock: take one out")
			return
		case !real && slices.Contains(realKeys, key.text):
			l.wrong(key.Position, fmt.Sprintf("%s has %s and no url", what, key.text), "a real endpoint needs url")
			return
		}
	}
	if e.RequireCert && !e.secure() {
		l.wrong(n.get("require_client_cert").Position, what+" has require_client_cert and speaks no TLS", "certificates belong to TLS: tls: true")
	}
	if n.get("env") != nil && n.get("start") == nil {
		l.wrong(n.get("env").Position, what+" has env and no start", "only what is started here can be given variables")
	}
	if e.ProxyHeader != "" && e.TrustedProxies == nil {
		l.wrong(n.get("proxy_header").Position, what+" has proxy_header and no trusted_proxies", "a header counts only when a trusted proxy sent it")
	}
}

// behavior reads what an endpoint answers; a mistake is shown in the text.
func (l *loader) behavior(n *node, what string) string {
	text := l.text(n, what)
	if text == "" {
		return ""
	}
	var options []receiver.ParseOption
	if l.options.Dir != "" {
		if root, err := os.OpenRoot(l.folder()); err == nil {
			defer root.Close()
			options = append(options, receiver.BodiesFrom(root))
		}
	}
	_, err := receiver.ParseBehavior(text, options...)
	var mistake *receiver.BehaviorError
	switch {
	case errors.As(err, &mistake):
		hint := mistake.Hint
		if hint == "" {
			hint = "turns like: first 2 reset then delay 900ms + status 200"
		}
		l.wrong(l.within(n, mistake.Column), what+": "+mistake.Problem, hint)
	case err != nil:
		l.wrong(n.Position, what+": "+err.Error(), "")
	}
	return text
}

// within returns the place of column, from 1, of a scalar's text.
func (l *loader) within(n *node, column int) Position {
	line := []rune(l.line(n.Line))
	before, _, ok := strings.Cut(string(line[min(n.Column-1, len(line)):]), n.text)
	if !ok {
		return n.Position // it came from a matrix, or stands in a block or behind an escape
	}
	return Position{n.Line, n.Column + utf8.RuneCountInString(before) + max(column-1, 0)}
}

// checks reads what an endpoint checks.
func (l *loader) checks(n *node, what string) map[string]CheckSetting {
	out := map[string]CheckSetting{}
	l.table(n, "checks of "+what, func(key, n *node) {
		if !slices.Contains(checkNames, key.text) {
			l.wrong(key.Position, fmt.Sprintf("unknown check %s", brief(key.text)), suggest(key.text, checkNames))
			return
		}
		c := CheckSetting{Position: key.Position}
		if n.kind == object {
			l.object(n, "check "+key.text, []field{
				{"value", false, func(n *node) { l.checkValue(key.text, n, &c) }},
				{"status", true, func(n *node) { c.Status = l.count(n, "status of check "+key.text, 200, 599) }},
			})
			needsValue := slices.Contains([]string{"source", "header", "signature"}, key.text)
			if needsValue && n.get("value") == nil {
				l.wrong(n.Position, fmt.Sprintf("check %s has no value", key.text), "{value: …, status: …}")
			}
		} else {
			l.checkValue(key.text, n, &c)
		}
		out[key.text] = c
	})
	return out
}

// checkValue reads the value of one check: off, on, or what it compares with.
func (l *loader) checkValue(name string, n *node, c *CheckSetting) {
	flag, isFlag := boolean(n)
	switch {
	case n.text == "off", isFlag && !flag:
		c.Off = true
		return
	case name == "source":
		list := []string{}
		for _, one := range l.prefixes(n, "check source") {
			list = append(list, one.String())
		}
		c.Value = strings.Join(list, ",")
		return
	case name == "header":
		c.Value = l.expanded(n, "check header", scope{secret: true})
		header, value, ok := strings.Cut(c.Value, ":")
		if c.Value != "" && (!ok || !isToken(header) || strings.TrimSpace(value) == "") {
			l.wrong(n.Position, "check header is "+n.found(), `write "Name: value"`)
		}
		return
	case name == "signature":
		c.Values = l.secretTexts(n, "check signature")
		return
	case n.text == "on", isFlag:
		return
	case name == "client_certificate":
		c.Value = l.text(n, "check client_certificate")
		return
	case name == "schema" && (n.text == "lenient" || n.text == "strict"):
		c.Value = n.text
		return
	}
	hint := "on or off"
	if name == "schema" {
		hint = "lenient, strict or off"
	}
	l.wrong(n.Position, fmt.Sprintf("check %s is %s", name, n.found()), hint)
}

// prefixes reads addresses and CIDR prefixes; names and zones are wrong.
func (l *loader) prefixes(n *node, what string) []netip.Prefix {
	out := []netip.Prefix{}
	one := func(n *node) {
		text := l.text(n, what)
		if text == "" {
			return
		}
		parsed, err := receiver.ParsePrefixes([]string{text})
		if err != nil {
			l.wrong(n.Position, what+": "+err.Error(), "names and zones are not looked up")
			return
		}
		out = append(out, parsed...)
	}
	if n.kind == scalar {
		one(n)
	} else {
		l.list(n, what, one)
	}
	if n.kind == list && len(n.items) == 0 {
		l.wrong(n.Position, what+" is an empty list", "an empty list would let nobody in: name an address, or leave it out")
	}
	return out
}

// reaction reads one call that an endpoint goes on to make.
func (l *loader) reaction(n *node, what, stage string) receiver.Reaction {
	what = "reaction of " + what
	in := scope{stage: stage, request: true, console: true}
	var r receiver.Reaction
	l.object(n, what, []field{
		{"call", true, func(n *node) {
			r.Call = l.expanded(n, "call of "+what, in)
			method, target, ok := strings.Cut(n.text, " ")
			if n.kind == scalar && (!ok || !isToken(method) || strings.TrimSpace(target) == "") {
				l.wrong(n.Position, "call of "+what+" is "+n.found(), `write "METHOD URL"`)
			}
		}},
		{"body", false, func(n *node) { r.Body = l.body(n, "body of "+what, in) }},
		{"headers", false, func(n *node) {
			secret := in
			secret.secret = true
			r.Headers = l.headers(n, "headers of "+what, secret)
		}},
		{"when", false, func(n *node) { r.When = l.oneOf(n, "when", []string{"before", "after"}) }},
		{"once_per", false, func(n *node) { r.OncePer = l.oneOf(n, "once_per", []string{"event_id", "incident"}) }},
	})
	return r
}

// body reads a body: a text as it is, anything else as JSON.
func (l *loader) body(n *node, what string, s scope) string {
	if n.kind == scalar {
		return l.expanded(n, what, s)
	}
	return l.encoded(n, what, s)
}

// encoded reads any value as JSON.
func (l *loader) encoded(n *node, what string, s scope) string {
	value := l.value(n, func(n *node) string { return l.resolve(n, n.text, s) })
	var text strings.Builder
	encode := json.NewEncoder(&text)
	encode.SetEscapeHTML(false) // the body is no page: & stays &
	if err := encode.Encode(value); err != nil {
		l.wrong(n.Position, what+": "+err.Error(), "write it as a text")
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// ordered reads any value as JSON whose members stand as in the file.
func (l *loader) ordered(n *node, what string, s scope) string {
	var parts []string
	switch n.kind {
	case object:
		l.each(n, func(key, value *node) {
			name, _ := json.Marshal(key.text) // a text can always be written
			parts = append(parts, string(name)+":"+l.ordered(value, what, s))
		})
		return "{" + strings.Join(parts, ",") + "}"
	case list:
		l.list(n, what, func(n *node) { parts = append(parts, l.ordered(n, what, s)) })
		return "[" + strings.Join(parts, ",") + "]"
	}
	return l.encoded(n, what, s)
}

// url reads an http or https URL; with an endpoint's URL in it, it is known
// when the story runs.
func (l *loader) url(n *node, what string, s scope) string {
	text := l.expanded(n, what, s)
	if text == "" || strings.Contains(text, "${") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		l.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(n.text)), "http://host:port/path or https://…")
	}
	return text
}

// tls reads the kind of certificate that a mock shows: true is a valid one.
func (l *loader) tls(n *node, what string) receiver.TLSKind {
	if flag, ok := boolean(n); ok {
		if flag {
			return receiver.TLSValid
		}
		return ""
	}
	return receiver.TLSKind(l.oneOf(n, what, names(receiver.TLSKinds()...)))
}

// path reads a path on a server.
func (l *loader) path(n *node, what string) string {
	text := l.expanded(n, what, scope{})
	if text != "" && !strings.HasPrefix(text, "/") {
		l.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "begin it with /")
	}
	return text
}

// pointer reads a JSON pointer.
func (l *loader) pointer(n *node, what string) string {
	if n.kind == scalar && !n.plain && n.text == "" {
		return "" // the whole value
	}
	text := l.text(n, what)
	l.checkPointer(n, text, what)
	return text
}

func (l *loader) checkPointer(n *node, text, what string) {
	if problem, hint := badPointer(what, text); problem != "" {
		l.wrong(n.Position, problem, hint)
	}
}

// badPointer says what is wrong with text as a JSON pointer.
func badPointer(what, text string) (problem, hint string) {
	for i, c := range text {
		if c == '~' && !strings.HasPrefix(text[i:], "~0") && !strings.HasPrefix(text[i:], "~1") || i == 0 && c != '/' {
			return fmt.Sprintf("%s is %s, no JSON pointer", what, brief(text)), "/a/0/b; ~ is written ~0 and / is written ~1"
		}
	}
	return "", ""
}

// token reads a header's or method's name.
func (l *loader) token(n *node, what string) string {
	text := l.text(n, what)
	if text != "" && !isToken(text) {
		l.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(text)), "letters, digits and -")
	}
	return text
}
