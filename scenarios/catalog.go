package scenarios

import (
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// catalog opens profiles for one loading, each once.
type catalog struct {
	options LoadOptions
	opened  map[string]*schema.Profile
	listed  []schema.Ref
	names   []string // neutral names that any profile knows
	known   []string // roles that any profile knows
}

// profiles returns the loader's catalog.
func (l *loader) profiles() *catalog {
	if l.catalog.opened == nil {
		l.catalog = catalog{options: l.options, opened: map[string]*schema.Profile{}}
	}
	return &l.catalog
}

func (c *catalog) open(ref string) (*schema.Profile, error) {
	if p, ok := c.opened[ref]; ok {
		return p, nil
	}
	open := schema.Open
	if c.options.Profiles != nil {
		open = func(ref string) (*schema.Profile, error) { return schema.OpenFS(c.options.Profiles, ref) }
	}
	p, err := open(ref)
	if err == nil {
		c.opened[ref] = p
	}
	return p, err
}

// refs returns every profile there is; those of a folder that cannot be read
// are told when one of them is opened.
func (c *catalog) refs() []schema.Ref {
	if c.listed == nil {
		c.listed = schema.List()
		if c.options.Profiles != nil {
			if all, err := schema.ListFS(c.options.Profiles); err == nil {
				c.listed = all
			}
		}
	}
	return c.listed
}

// platforms returns the names of the platforms, sorted.
func (c *catalog) platforms() []string {
	var out []string
	for _, ref := range c.refs() {
		out = append(out, ref.Platform)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// roles returns the roles that any profile knows, sorted.
func (c *catalog) roles() []string {
	if c.known == nil {
		for _, p := range c.all() {
			c.known = append(append(c.known, p.MayCreate()...), p.MayPress()...)
		}
		slices.Sort(c.known)
		c.known = slices.Compact(c.known)
	}
	return c.known
}

// teamRoles returns the roles in a team that any profile knows, sorted.
func (c *catalog) teamRoles() []string {
	var out []string
	for _, p := range c.all() {
		for _, role := range c.roles() {
			out = append(out, p.TeamRoles(role)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// all opens every profile that can be opened.
func (c *catalog) all() []*schema.Profile {
	var out []*schema.Profile
	for _, ref := range c.refs() {
		if p, err := c.open(ref.String()); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// neutral returns the neutral names that any profile knows, sorted.
func (c *catalog) neutral() []string {
	if c.names == nil {
		c.names = neutralNames(c.all())
	}
	return c.names
}

// neutralNames returns the neutral names that one of the profiles knows, sorted.
func neutralNames(profiles []*schema.Profile) []string {
	var out []string
	for _, p := range profiles {
		for _, n := range p.Names() {
			out = append(out, n.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unknownProfile says that there is no such profile, or why it cannot be used.
func (l *loader) unknownProfile(n *node, ref string, err error) {
	known := l.profiles().platforms()
	for _, each := range l.profiles().refs() {
		known = append(known, each.String())
	}
	platform, date, dated := strings.Cut(ref, "@")
	exists := slices.Contains(known, ref) || !dated && slices.Contains(known, platform) || date == "strictest" && slices.Contains(known, platform)
	if exists {
		l.wrong(n.Position, err.Error(), "see hookdrill profile list")
		return
	}
	l.wrong(n.Position, "unknown profile "+brief(ref), suggest(ref, known))
}

// storyProfiles opens the profiles on which the story runs.
func (l *loader) storyProfiles(s *Scenario) []*schema.Profile {
	refs := s.Profiles
	if len(refs) == 0 {
		refs = l.profiles().platforms()
	}
	var out []*schema.Profile
	for _, ref := range refs {
		if p, err := l.profiles().open(ref); err == nil {
			out = append(out, p)
		}
	}
	return out
}
