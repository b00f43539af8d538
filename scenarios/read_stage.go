package scenarios

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// actions reads actions: by name.
func (l *loader) actions(n *node) map[string]Action {
	out := map[string]Action{}
	l.table(n, "actions", func(key, n *node) {
		what := "action " + key.text
		a := Action{Position: key.Position, Label: key.text}
		l.object(n, what, []field{
			{"label", false, func(n *node) { a.Label = l.expanded(n, "label of "+what, scope{}) }},
			{"description", false, func(n *node) { a.Description = l.expanded(n, "description of "+what, scope{}) }},
			{"channels", false, func(n *node) { a.Channels = l.channels(n, what) }},
			{"headers", false, func(n *node) { a.Headers = l.headers(n, "headers of "+what, scope{secret: true}) }},
			{"endpoint", false, func(n *node) { a.Endpoint = l.text(n, "endpoint of "+what) }},
			{"verify_tls", false, func(n *node) { verify := l.flag(n, "verify_tls of "+what); a.VerifyTLS = &verify }},
			{"creator", false, func(n *node) { a.Creator = l.role(n, "creator of "+what) }},
		})
		out[key.text] = a
	})
	return out
}

// channels reads the channels, or the one service, that an action stands in.
func (l *loader) channels(n *node, what string) []string {
	channels := l.texts(n, "channels of "+what)
	sorted := slices.Sorted(slices.Values(channels))
	if len(slices.Compact(sorted)) < len(channels) {
		l.wrong(n.Position, "a channel of "+what+" stands twice", "name each once")
	}
	return channels
}

// headers reads header names with values that can stand on a header line.
func (l *loader) headers(n *node, what string, s scope) map[string]string {
	out := map[string]string{}
	l.table(n, what, func(key, n *node) {
		if !isToken(key.text) {
			l.wrong(key.Position, fmt.Sprintf("header name %s in %s", brief(key.text), what), "letters, digits and -")
			return
		}
		value := l.expanded(n, "header "+key.text, s)
		if strings.ContainsAny(value, "\r\n\x00") {
			l.wrong(n.Position, fmt.Sprintf("the value of header %s holds a line break or NUL", key.text), "one line is needed")
		}
		out[key.text] = value
	})
	return out
}

// role reads a role that some platform knows.
func (l *loader) role(n *node, what string) string {
	text := l.text(n, what)
	known := l.profiles().roles()
	if text != "" && !slices.Contains(known, text) {
		l.wrong(n.Position, fmt.Sprintf("unknown role %s: %s", brief(text), what), suggest(text, known))
	}
	return text
}

// stages reads stages: by name; own says that they stand in a story.
func (l *loader) stages(n *node, own bool) map[string]Stage {
	out := map[string]Stage{}
	l.table(n, "stages", func(key, n *node) {
		what := "stage " + key.text
		s := Stage{Position: key.Position, Name: key.text, dir: path.Dir(l.file), own: own,
			Endpoints: map[string]Endpoint{}, Effects: map[string]EffectSource{}}
		l.object(n, what, []field{
			{"profiles", false, func(n *node) { s.Profiles = l.profileNames(n, "profiles of "+what) }},
			{"endpoints", true, func(n *node) {
				l.table(n, "endpoints of "+what, func(key, n *node) {
					s.Endpoints[key.text] = l.endpoint(key, n, s.Name, false)
				})
			}},
			{"effects", false, func(n *node) {
				l.table(n, "effects of "+what, func(key, n *node) { s.Effects[key.text] = l.effectSource(key, n, s.Name) })
			}},
		})
		l.checkStage(s)
		out[key.text] = s
	})
	return out
}

// effectSource reads what one named counter counts.
func (l *loader) effectSource(key, n *node, stage string) EffectSource {
	what := "effect " + key.text
	e := EffectSource{Position: key.Position}
	in := scope{stage: stage}
	if !l.object(n, what, []field{
		{"requests", false, func(n *node) { e.Requests = l.text(n, "requests of "+what) }},
		{"lines", false, func(n *node) { e.Lines = l.beneath(n, "lines of "+what) }},
		{"get", false, func(n *node) { e.Get = l.url(n, "get of "+what, in) }},
		{"pointer", false, func(n *node) { e.Pointer = l.pointer(n, "pointer of "+what) }},
		{"command", false, func(n *node) {
			l.list(n, "command of "+what, func(n *node) { e.Command = append(e.Command, l.expanded(n, "command of "+what, in)) })
		}},
	}) {
		return e
	}
	kinds := 0
	for _, kind := range []string{"requests", "lines", "get", "command"} {
		if n.get(kind) != nil {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		l.wrong(n.Position, fmt.Sprintf("%s counts %d things", what, kinds), "exactly one of requests, lines, get, command")
	case e.Pointer != "" && e.Get == "":
		l.wrong(n.get("pointer").Position, what+" has a pointer and no get", "a pointer leads into the answer of get")
	}
	return e
}

// beneath reads a path that stays in the file's folder.
func (l *loader) beneath(n *node, what string) string {
	text := l.text(n, what)
	if text != "" && (!fs.ValidPath(filepath.ToSlash(text)) || text == ".") {
		l.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(text)), "a file beneath this file's folder, without .. and not absolute")
	}
	return text
}
