package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
)

// broken returns the story and stage with the twin laid over them.
func (s *Scenario) broken(twin Twin, stage Stage) (*Scenario, Stage) {
	out := *s
	out.Actions, out.consoles = maps.Clone(s.Actions), maps.Clone(s.consoles)
	if out.consoles == nil {
		out.consoles = map[string]bool{}
	}
	maps.Copy(out.consoles, twin.consoles)
	for name, a := range twin.Actions {
		out.Actions[name] = s.Actions[name].over(a)
	}
	stage.Endpoints = maps.Clone(stage.Endpoints)
	for name, e := range twin.Endpoints {
		stage.Endpoints[name] = stage.Endpoints[name].over(e)
	}
	return &out, stage
}

// over lays o over e: what o says holds, checks one by one.
func (e Endpoint) over(o Endpoint) Endpoint {
	out := e
	if o.Behavior != "" {
		out.Behavior = o.Behavior
	}
	if o.Checks != nil {
		out.Checks = maps.Clone(e.Checks)
		if out.Checks == nil {
			out.Checks = map[string]CheckSetting{}
		}
		maps.Copy(out.Checks, o.Checks)
	}
	if o.Reactions != nil {
		out.Reactions = o.Reactions
	}
	if o.TrustedProxies != nil {
		out.TrustedProxies = o.TrustedProxies
	}
	if o.ProxyHeader != "" {
		out.ProxyHeader = o.ProxyHeader
	}
	if o.Path != "" {
		out.Path = o.Path
	}
	out.RecordOnly = e.RecordOnly || o.RecordOnly
	out.TLS = cmp.Or(o.TLS, e.TLS)
	out.RequireCert = e.RequireCert || o.RequireCert
	return out
}

// over lays o over a: what o says holds.
func (a Action) over(o Action) Action {
	out := a
	if o.Label != "" {
		out.Label = o.Label
	}
	if o.Description != "" {
		out.Description = o.Description
	}
	if o.Channels != nil {
		out.Channels = o.Channels
	}
	if o.Headers != nil {
		out.Headers = maps.Clone(a.Headers)
		if out.Headers == nil {
			out.Headers = map[string]string{}
		}
		maps.Copy(out.Headers, o.Headers)
	}
	if o.Endpoint != "" {
		out.Endpoint = o.Endpoint
	}
	if o.VerifyTLS != nil {
		out.VerifyTLS = o.VerifyTLS
	}
	if o.Creator != "" || o.CreatorTeam != "" || o.CreatorTeamRole != "" {
		out.Creator, out.CreatorTeam, out.CreatorTeamRole = o.Creator, o.CreatorTeam, o.CreatorTeamRole
	}
	out.Team = cmp.Or(o.Team, a.Team)
	out.Template = cmp.Or(o.Template, a.Template)
	out.ClientCert = cmp.Or(o.ClientCert, a.ClientCert)
	if o.ValueMap != nil {
		out.ValueMap = o.ValueMap
	}
	if o.SigningSecrets != nil {
		out.SigningSecrets = o.SigningSecrets
	}
	return out
}

// turnAround makes a pass of a twin's failure, if it failed as it should.
func (w *Twin) turnAround(res *Result) {
	var said []string
	for _, step := range res.Steps {
		for _, f := range step.Failures {
			if res.Verdict == Failed && f.Text == w.Fails {
				res.Verdict, res.Reason = Passed, fmt.Sprintf("the twin fails as it should: %s", w.Fails)
				return
			}
			said = append(said, f.Text)
		}
	}
	if res.Verdict == Errored || res.Verdict == Skipped {
		return
	}
	res.Verdict = Failed
	if said == nil {
		said = []string{"it passed"}
	}
	res.Reason = fmt.Sprintf("the twin should fail with %q, and %s", w.Fails, strings.Join(said, "; "))
}
