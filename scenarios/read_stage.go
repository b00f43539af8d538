package scenarios

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

// actions reads actions: by name; overlay says that they are laid over others, as
// in a twin, and need not be whole.
func (l *loader) actions(n *node, overlay bool) map[string]Action {
	out := map[string]Action{}
	l.table(n, "actions", func(key, n *node) {
		what := "action " + key.text
		a := Action{Position: key.Position, Label: key.text}
		l.object(n, what, []field{
			{"label", false, func(n *node) { a.Label = l.expanded(n, "label of "+what, scope{}) }},
			{"description", false, func(n *node) { a.Description = l.expanded(n, "description of "+what, scope{}) }},
			{"channels", false, func(n *node) { a.Channels = l.channels(n, what) }},
			{"headers", false, func(n *node) { a.Headers = l.pushHeaders(n, "headers of "+what, scope{secret: true}) }},
			{"endpoint", false, func(n *node) { a.Endpoint = l.text(n, "endpoint of "+what) }},
			{"verify_tls", false, func(n *node) { verify := l.flag(n, "verify_tls of "+what); a.VerifyTLS = &verify }},
			{"creator", false, func(n *node) { l.creator(n, what, &a) }},
			{"team", false, func(n *node) { a.Team = l.expanded(n, "team of "+what, scope{}) }},
			{"template", false, func(n *node) { a.Template = l.template(n, "template of "+what) }},
			{"value_map", false, func(n *node) { a.ValueMap = l.valueMap(n, "value_map of "+what) }},
			{"signing_secrets", false, func(n *node) { a.SigningSecrets = l.secretTexts(n, "signing_secrets of "+what) }},
			{"client_cert", false, func(n *node) { a.ClientCert = l.clientCert(n, "client_cert of "+what) }},
		})
		if n.kind == object && !l.failed() {
			l.checkTemplate(n, what, a, overlay)
		}
		out[key.text] = a
	})
	return out
}

// creator reads who configures an action: a role, or more about it.
func (l *loader) creator(n *node, what string, a *Action) {
	what = "creator of " + what
	if n.kind == scalar {
		a.Creator = l.role(n, what)
		return
	}
	l.object(n, what, []field{
		{"role", false, func(n *node) { a.Creator = l.role(n, "role of "+what) }},
		{"team", false, func(n *node) { a.CreatorTeam = l.expanded(n, "team of "+what, scope{}) }},
		{"team_role", false, func(n *node) { a.CreatorTeamRole = l.oneOf(n, "role in a team", l.profiles().teamRoles()) }},
	})
}

// template reads a custom request body: a text as it is, anything else as JSON
// whose members keep their order.
func (l *loader) template(n *node, what string) string {
	if n.kind == scalar {
		return l.expanded(n, what, scope{})
	}
	return l.ordered(n, what, scope{})
}

// valueMap reads what is sent in place of values: field path, value, text.
func (l *loader) valueMap(n *node, what string) map[string]map[string]string {
	out := map[string]map[string]string{}
	l.table(n, what, func(key, n *node) {
		values := map[string]string{}
		l.table(n, key.text+" in "+what, func(key, n *node) {
			if n.kind == scalar && !n.plain && n.text == "" {
				values[key.text] = ""
				return
			}
			values[key.text] = l.expanded(n, key.text+" in "+what, scope{})
		})
		out[key.text] = values
	})
	return out
}

// checkTemplate refuses what can never be a custom body.
func (l *loader) checkTemplate(n *node, what string, a Action, overlay bool) {
	template := n.get("template")
	switch {
	case template == nil && a.ValueMap != nil && !overlay:
		l.wrong(n.get("value_map").Position, what+" has a value_map and no template", "value mapping belongs to a custom body: template: {…}")
	case template != nil:
		if _, err := sender.ParseTemplate([]byte(a.Template), a.ValueMap); err != nil {
			l.wrong(template.Position, what+": "+err.Error(), "JSON with {{field.path}} in its texts")
		}
	}
}

// clientCert reads the name in a client certificate; true is the platform's own.
func (l *loader) clientCert(n *node, what string) *string {
	name := ""
	switch flag, ok := boolean(n); {
	case ok && !flag:
		return nil
	case !ok:
		name = l.expanded(n, what, scope{})
	}
	return &name
}

// secretTexts reads one secret or several.
func (l *loader) secretTexts(n *node, what string) []string {
	if n.kind == scalar {
		return []string{l.expanded(n, what, scope{secret: true})}
	}
	out := []string{}
	l.list(n, what, func(n *node) { out = append(out, l.expanded(n, what, scope{secret: true})) })
	if n.kind == list && len(n.items) == 0 {
		l.wrong(n.Position, what+" is an empty list", "leave it out, or name a secret")
	}
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

// pushHeaders reads headers that a push may carry: none that would change what
// the request is, or where it ends.
func (l *loader) pushHeaders(n *node, what string, s scope) map[string]string {
	out := l.headers(n, what, s)
	l.table(n, what, func(key, _ *node) {
		if err := sender.CheckHeader(sender.Header{Name: key.text}); err != nil {
			l.wrong(key.Position, err.Error(), "leave it out")
		}
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
			{"console", false, func(n *node) { s.Console = l.console(n, "console of "+what) }},
			{"effects", false, func(n *node) {
				l.table(n, "effects of "+what, func(key, n *node) { s.Effects[key.text] = l.effectSource(key, n, s.Name) })
			}},
		})
		l.checkStage(s)
		s.consoles = l.consoles[s.Name]
		out[key.text] = s
	})
	return out
}

// effectSource reads what one named counter counts.
func (l *loader) effectSource(key, n *node, stage string) EffectSource {
	what := "effect " + key.text
	e := EffectSource{Position: key.Position}
	in := scope{stage: stage, console: true}
	if !l.object(n, what, []field{
		{"requests", false, func(n *node) { e.Requests = l.text(n, "requests of "+what) }},
		{"timeline", false, func(n *node) { e.Timeline = l.timelineMatch(n, "timeline of "+what) }},
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
	for _, kind := range []string{"requests", "timeline", "lines", "get", "command"} {
		if n.get(kind) != nil {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		l.wrong(n.Position, fmt.Sprintf("%s counts %d things", what, kinds), "exactly one of requests, timeline, lines, get, command")
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
