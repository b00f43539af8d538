package sender

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// parseProxy reads the address of an HTTP proxy.
func parseProxy(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("proxy: not a URL")
	}
	if u.Scheme != "http" || u.Hostname() == "" {
		return nil, fmt.Errorf("proxy %s: want http://HOST:PORT", schema.RedactURL(raw))
	}
	return u, nil
}

// proxyAuthorization is the header for a proxy URL's user information, or "".
func proxyAuthorization(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password))
}

// tunnel asks the proxy at the other end of conn for a way to address, which is
// HOST:PORT.
func tunnel(conn *watchedConn, proxy *url.URL, address string) error {
	ask := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if authorization := proxyAuthorization(proxy); authorization != "" {
		ask += "Proxy-Authorization: " + authorization + "\r\n"
	}
	if _, err := conn.Write([]byte(ask + "\r\n")); err != nil {
		return err
	}
	// Byte by byte: what follows the head belongs to the tunnel.
	head := bufio.NewReaderSize(&headReader{r: oneByOne{conn}, left: maxHeadBytes}, 16)
	answer, err := http.ReadResponse(head, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return refusedByProxy{answer.Status}
	}
	return nil
}

// oneByOne reads one byte at a time, so that a buffer above it holds no byte
// that nobody asked for.
type oneByOne struct{ conn *watchedConn }

func (o oneByOne) Read(p []byte) (int, error) { return o.conn.Read(p[:min(1, len(p))]) }

// ignoredProxies names the proxy variables that other clients would obey for
// this URL. A platform does not see them, so neither does a press.
func ignoredProxies(target *url.URL, getenv func(string) string) []string {
	if getenv == nil {
		return nil
	}
	names := []string{strings.ToUpper(target.Scheme) + "_PROXY", target.Scheme + "_proxy", "ALL_PROXY", "all_proxy"}
	var notes []string
	for _, name := range names {
		if getenv(name) != "" {
			notes = append(notes, name+" is set and ignored, as the platform would; --proxy uses it")
		}
	}
	return notes
}
