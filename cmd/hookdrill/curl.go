package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// writeCurl writes a command that sends what d sent: the same method, bytes,
// headers and deadline. Secrets become variables that the comment names.
func writeCurl(w io.Writer, p *pressing, h headers, d sender.Delivery) {
	c := curl{secret: h.secret}
	c.add("--http1.1", "--request", d.Push.Method, "--max-time", strconv.FormatFloat(d.Last().Deadline.Seconds(), 'f', -1, 64))
	c.headers(d.Push.Header, h.list)
	c.connection(p)
	c.body(p.url, string(d.Push.Body))
	c.target(p.url)
	if len(c.variables) > 0 {
		fmt.Fprintf(w, "# set first: %s\n", strings.Join(c.variables, ", "))
	}
	fmt.Fprintf(w, "curl %s\n", strings.Join(c.words, " "))
}

// curl gathers the words of a command, quoted for a shell.
type curl struct {
	words     []string
	variables []string
	secret    []string // names of headers beside the well-known ones
}

func (c *curl) add(words ...string) { c.words = append(c.words, words...) }

// headers adds those that the platform sends and the custom ones.
func (c *curl) headers(platform http.Header, custom []sender.Header) {
	var names []string
	for name := range platform {
		names = append(names, name)
	}
	sort.Strings(names)
	written := map[string]bool{}
	for _, name := range names {
		for _, value := range platform[name] {
			c.header(name, value)
			written[name+":"+value] = true
		}
	}
	for _, h := range custom {
		if name := http.CanonicalHeaderKey(h.Name); !written[name+":"+h.Value] {
			c.header(h.Name, h.Value)
		}
	}
}

func (c *curl) header(name, value string) {
	if schema.SecretHeader(name, c.secret...) {
		c.add("--header", `"`+name+": $"+c.variable(name)+`"`)
		return
	}
	c.add("--header", quote(name+": "+value))
}

// connection adds where and how the press connects when flags say otherwise.
func (c *curl) connection(p *pressing) {
	if p.proxy != "" {
		c.add("--proxy", quote(schema.RedactURL(p.proxy)))
	} else {
		c.add("--noproxy", quote("*"))
	}
	if p.insecure {
		c.add("--insecure")
	}
	if p.ca != "" {
		c.add("--cacert", quote(p.ca))
	}
	if p.cert != "" {
		c.add("--cert", quote(p.cert), "--key", quote(p.key))
	}
	if p.source != "" {
		c.add("--interface", quote(p.source))
	}
	for _, one := range p.connect {
		c.add("--connect-to", quote(strings.Replace(one, "=", ":", 1)))
	}
}

// body adds the bytes of the push. A platform may write into them where it sends
// them: a query that holds a secret is a variable there too.
func (c *curl) body(endpoint, body string) {
	_, query, _ := strings.Cut(endpoint, "?")
	if schema.RedactURL("?"+query) == "?"+query {
		c.add("--data-binary", quote(body))
		return
	}
	var parts []string
	for _, part := range strings.Split(body, query) {
		parts = append(parts, quote(part))
	}
	c.add("--data-binary", strings.Join(parts, `"$QUERY"`))
}

// target adds the URL; its user information is a variable, and so is a query
// that holds a secret.
func (c *curl) target(raw string) {
	u, err := url.Parse(raw)
	if err != nil {
		c.add(quote(schema.RedactURL(raw)))
		return
	}
	if u.User != nil {
		u.User = nil
		c.add("--user", `"$`+c.variable("user")+`"`)
	}
	if schema.RedactURL(u.String()) != u.String() {
		u.RawQuery = ""
		c.add(quote(u.String()+"?") + `"$` + c.variable("query") + `"`)
		return
	}
	c.add(quote(u.String()))
}

// variable names a shell variable that holds a secret.
func (c *curl) variable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	c.variables = append(c.variables, name)
	return name
}

// quote makes one word for a POSIX shell, in which no terminal can act on
// anything: such bytes become escapes in $'...', which bash, zsh and ksh read.
func quote(word string) string {
	if report.Clean(word) == word {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return "$'" + report.Clean(strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(word)) + "'"
}
