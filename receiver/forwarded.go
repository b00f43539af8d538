package receiver

import (
	"net/netip"
	"strconv"
	"strings"
)

// hop is one entry of a forwarding header.
type hop struct {
	text string     // as sent
	addr netip.Addr // zero: it cannot be read, or hides its address
}

// listHops reads X-Forwarded-For and its like: addresses between commas, all
// lines in order. Empty list elements are skipped (RFC 9110, 5.6.1.2).
func listHops(lines []string) []hop {
	var out []hop
	for _, line := range lines {
		for _, text := range strings.Split(line, ",") {
			if text = strings.Trim(text, " \t"); text != "" {
				out = append(out, hop{text, node(text, false)})
			}
		}
	}
	return out
}

// forwardedHops reads the lines of Forwarded (RFC 7239). Each line is read by
// itself, so that an open quote in one cannot swallow what a proxy adds in the
// next; a line that breaks the grammar is one unreadable hop.
func forwardedHops(lines []string) []hop {
	var out []hop
	for _, line := range lines {
		elements, ok := splitQuoted(line, ',')
		if !ok {
			out = append(out, hop{text: line})
			continue
		}
		for _, text := range elements {
			if text = strings.Trim(text, " \t"); text != "" {
				out = append(out, hop{text, forwardedFor(text)})
			}
		}
	}
	return out
}

// forwardedFor returns the address of an element's one "for"; zero when it has
// none or two, when it is "unknown" or obfuscated, or breaks the grammar.
func forwardedFor(element string) netip.Addr {
	pairs, _ := splitQuoted(element, ';')
	var found netip.Addr
	seen := map[string]bool{}
	for _, pair := range pairs {
		if pair = strings.Trim(pair, " \t"); pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.ToLower(name)
		if !ok || !isToken(name) || seen[name] { // a parameter stands once in an element
			return netip.Addr{}
		}
		seen[name] = true
		text, ok := tokenOrQuoted(value)
		if !ok {
			return netip.Addr{}
		}
		if name == "for" {
			found = node(text, true)
		}
	}
	return found
}

// splitQuoted splits at sep outside of quoted strings; ok is false when a quote
// stays open or text follows a closing quote.
func splitQuoted(s string, sep byte) (parts []string, ok bool) {
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			if quoted = !quoted; quoted && (i == 0 || s[i-1] != '=') {
				return nil, false // a quoted string is a whole value
			}
		case c == sep && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:]), !quoted
}

func tokenOrQuoted(s string) (string, bool) {
	if !strings.HasPrefix(s, `"`) {
		return s, isToken(s)
	}
	if len(s) < 2 || s[len(s)-1] != '"' {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		switch {
		case s[i] == '"':
			return "", false // text behind the closing quote
		case s[i] == '\\':
			if i++; i == len(s)-1 {
				return "", false // the closing quote itself is escaped
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), true
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// node reads an address with or without a port: "a", "a:port", "[v6]",
// "[v6]:port". In Forwarded (bracketed) IPv6 always stands in brackets. netip
// refuses every loose spelling of IPv4.
func node(s string, bracketed bool) netip.Addr {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, port, closed := strings.Cut(rest, "]")
		if !closed || !strings.Contains(host, ":") || port != "" && (port[0] != ':' || !isPort(port[1:])) {
			return netip.Addr{}
		}
		return parseAddr(host)
	}
	if host, port, ok := strings.Cut(s, ":"); ok && !strings.Contains(port, ":") {
		if a := parseAddr(host); a.Is4() && isPort(port) {
			return a
		}
		return netip.Addr{}
	}
	if bracketed && strings.Contains(s, ":") {
		return netip.Addr{}
	}
	return parseAddr(s)
}

func parseAddr(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.WithZone("").Unmap()
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}
