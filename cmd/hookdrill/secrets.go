package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// secrets takes what nobody is to see out of what is shown or written: the key,
// and what stands in the endpoints' URLs and headers, those of actions that calls
// configured too. Whoever calls may send it back to us.
type secrets struct {
	given      []string
	registries []*sender.Registry
}

// list are the secrets now, the longest first: one may begin with another.
func (s secrets) list() []string {
	all := slices.Clone(s.given)
	for _, registry := range s.registries {
		for _, action := range registry.Actions() {
			all = append(all, schema.SecretsIn(action.URL)...)
			for _, h := range action.Headers {
				if schema.SecretHeader(h.Name) {
					all = append(all, h.Value)
				}
			}
		}
	}
	all = slices.DeleteFunc(all, func(one string) bool { return len(one) < minSecret })
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(all)
}

// swap puts schema.Redacted in place of the secrets as they are, as they stand in
// a query, and as they stand in JSON.
func (s secrets) swap() *strings.Replacer {
	var swaps []string
	for _, one := range s.list() {
		swaps = append(swaps, one, schema.Redacted)
		quoted, _ := json.Marshal(one) // a text always can be
		for _, written := range []string{url.QueryEscape(one), string(quoted[1 : len(quoted)-1])} {
			if written != one {
				swaps = append(swaps, written, schema.Redacted)
			}
		}
	}
	return strings.NewReplacer(swaps...)
}

func (s secrets) text(text string) string { return s.swap().Replace(text) }

// write writes doc as a line of JSON.
func (s secrets) write(w io.Writer, doc any) error {
	line, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	swap := s.swap()
	tree, err := schema.ReadTree(line)
	if err == nil {
		tree, err = tree.Replace(func(_, text string) (schema.Tree, error) { return schema.TextTree(swap.Replace(text)), nil })
	}
	if err != nil { // deeper than what we read
		return report.WriteJSON(w, struct {
			heading
			Error string `json:"error"`
		}{heading{report.Version, "unwritten"}, swap.Replace(err.Error())}, false)
	}
	return report.WriteJSON(w, json.RawMessage(tree.JSON()), false)
}

// withoutSecrets is a body of JSON without what promises to be a secret, known or
// not: in URLs, and the values of headers by their names, as an action is
// configured with. A body that has none, or is no JSON, is left as it is.
func withoutSecrets(body []byte) []byte {
	tree, err := schema.ReadTree(body)
	if err != nil {
		return body
	}
	clean, _ := tree.Replace(func(at, text string) (schema.Tree, error) {
		switch u, err := url.Parse(text); {
		case headerValue(tree, at):
			text = schema.Redacted
		case err == nil && u.Host != "":
			text = schema.RedactURL(text)
		}
		return schema.TextTree(text), nil
	})
	if made := clean.JSON(); !bytes.Equal(made, tree.JSON()) {
		return made
	}
	return body
}

// headerValue reports whether at that pointer stands the value of a secret header:
// {"name": "X-Token", "value": "..."}.
func headerValue(tree schema.Tree, at string) bool {
	path := strings.Split(at, "/")
	if len(path) < 2 || path[len(path)-1] != "value" {
		return false
	}
	path[len(path)-1] = "name"
	name, found := tree.At(path[1:]...)
	if !found {
		return false
	}
	text, _ := name.Scalar()
	return schema.SecretHeader(text)
}
