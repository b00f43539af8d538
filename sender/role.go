package sender

import (
	"slices"
	"strings"
)

// checkCreator asks whether whoever creates the action may.
func (r *Registry) checkCreator(a Action) error {
	by := a.CreatedBy
	if r.profile.ManagingTeam() && a.Team != "" && by.Team != "" && !strings.EqualFold(a.Team, by.Team) {
		return breaks(ErrNotAllowed, "somebody of team %q may not configure an action of team %q: only its members may (fact managing_team) %s",
			by.Team, a.Team, r.cite("managing_team"))
	}
	if r.mayInTeam(a) {
		return nil
	}
	return r.checkRole(by.Role, r.profile.MayCreate(), "roles_create", "create custom actions")
}

// mayInTeam reports whether the creator's role in a team is enough for an action
// of that team.
func (r *Registry) mayInTeam(a Action) bool {
	by := a.CreatedBy
	if by.TeamRole == "" || by.Team == "" || !strings.EqualFold(by.Team, a.Team) {
		return false
	}
	return isOneOf(by.TeamRole, r.profile.TeamRoles(by.Role))
}

func (r *Registry) checkPresser(role string) error {
	return r.checkRole(role, r.profile.MayPress(), "roles_press", "press their buttons")
}

func (r *Registry) checkRole(role string, may []string, fact, what string) error {
	// Whoever is assigned may press, whatever the role: alone it excludes nobody.
	if role == "" || len(may) == 0 || slices.Equal(may, []string{"assigned"}) || isOneOf(role, may) {
		return nil
	}
	return breaks(ErrNotAllowed, "role %q may not %s: %s may (fact %s) %s", role, what, strings.Join(may, ", "), fact, r.cite(fact))
}

func isOneOf(name string, list []string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, name) })
}
