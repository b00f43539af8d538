package inspector

import "github.com/gorilla/mux"

// Routes lists what i handles, "GET /entries/{seq}", for the test that holds the
// handlers to openapi.json.
func (i *Inspector) Routes() (out []string, err error) {
	err = i.router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		for _, m := range methods {
			out = append(out, m+" "+path)
		}
		return err
	})
	return out, err
}
