package schema

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Redacted stands wherever a secret stood.
const Redacted = "[redacted]"

// secretHeaders are the headers whose values are secrets wherever they appear,
// in canonical form.
var secretHeaders = map[string]bool{
	"Authorization":         true,
	"Cookie":                true,
	"Proxy-Authorization":   true,
	"Set-Cookie":            true,
	"X-Pagerduty-Signature": true,
}

// secretWords are parts of a name that promise a secret value: "X-Api-Key",
// "access_token".
var secretWords = []string{"token", "secret", "passw", "apikey", "api-key", "api_key", "app_key", "appkey",
	"integration_key", "credential", "signature", "session", "jwt"}

// secretParameters are whole names of query parameters that promise one.
var secretParameters = map[string]bool{"auth": true, "authorization": true, "code": true, "key": true, "pwd": true, "sig": true}

// SecretHeader reports whether the values of the header of that name are
// secrets: the well-known ones, names that promise a secret, and extra, in any
// case.
func SecretHeader(name string, extra ...string) bool {
	if secretHeaders[http.CanonicalHeaderKey(name)] || promisesSecret(name) {
		return true
	}
	for _, one := range extra {
		if strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}

// RedactHeader returns a copy of h in which Redacted stands for each value of a
// secret header; extra are names that the user configured as secret. A nil h
// stays nil.
func RedactHeader(h http.Header, extra ...string) http.Header {
	out := h.Clone()
	for name, values := range out {
		if !SecretHeader(name, extra...) {
			continue
		}
		for i := range values {
			values[i] = Redacted
		}
	}
	return out
}

// RedactURL returns raw without its user information and without the values of
// query parameters whose name promises a secret. It reads whole URLs and
// request targets ("/hook?token=x") alike; what cannot be read is given as
// Redacted, because nobody knows what it holds.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return Redacted
	}
	head, query, found := strings.Cut(raw, "?")
	if u.User != nil {
		head = redactUser(head)
	}
	if !found {
		return redactFragment(head)
	}
	query, fragment, found := strings.Cut(query, "#")
	head += "?" + redactQuery(query)
	if found {
		head += redactFragment("#" + fragment)
	}
	return head
}

// redactFragment hides what stands behind a "#": it is never sent, and tokens
// stand there often.
func redactFragment(text string) string {
	if head, fragment, _ := strings.Cut(text, "#"); fragment != "" {
		return head + "#" + Redacted
	}
	return text
}

// minSecret is the length in bytes from which a secret is looked for inside a
// text: a shorter one would take harmless text with it.
const minSecret = 4

// SecretsIn returns the secrets of a URL or a request target: the password of
// its user information and the values of query parameters whose name promises
// one, as they stand there and unescaped. A platform may write into its push
// where it sends it, so that they come back in bodies.
func SecretsIn(rawURL string) []string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil
	}
	var found []string
	keep := func(one string) {
		if len(one) >= minSecret && !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	if password, ok := u.User.Password(); ok {
		keep(password)
	}
	for _, pair := range strings.Split(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || !secretParameter(plain) {
			continue
		}
		keep(value)
		if plain, err := url.QueryUnescape(value); err == nil {
			keep(plain)
		}
	}
	return found
}

// RedactText puts Redacted in place of each secret that text holds.
func RedactText(text string, secrets []string) string {
	for _, one := range secrets {
		text = strings.ReplaceAll(text, one, Redacted)
	}
	return text
}

// redactUser cuts the user information out of the authority: what stands
// between "//" and the last "@" before the path.
func redactUser(head string) string {
	scheme, rest, _ := strings.Cut(head, "//")
	authority, path, hasPath := strings.Cut(rest, "/")
	authority = Redacted + authority[strings.LastIndexByte(authority, '@'):]
	if hasPath {
		authority += "/" + path
	}
	return scheme + "//" + authority
}

// redactQuery keeps the order and the spelling of everything but the secrets.
func redactQuery(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, found := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		if found && secretParameter(plain) {
			pairs[i] = name + "=" + Redacted
		}
	}
	return strings.Join(pairs, "&")
}

func secretParameter(name string) bool {
	return promisesSecret(name) || secretParameters[strings.ToLower(name)]
}

func promisesSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
