package console

// ActionID returns the id by which the platform's API knows the action of that
// name. Its error is sender.ErrUnknownAction where there is none of that name.
func (c *Console) ActionID(name string) (string, error) {
	if a, found := c.sender.Registry().Action(name); found {
		return c.actionID(a)
	}
	_, err := c.sender.ActionValues(name) // which says so
	return "", err
}
