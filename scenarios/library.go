package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed library
var embedded embed.FS

// Library returns the shipped stories as a file system:
// <platform or topic>/<story>.yaml. Each carries its own actions and its own
// stage "mock".
func Library() fs.FS {
	sub, err := fs.Sub(embedded, "library")
	if err != nil {
		panic(err) // "library" is a valid path: it stands in the directive above
	}
	return sub
}

// LoadLibrary reads every shipped story, sorted by name.
func LoadLibrary(o LoadOptions) ([]*Scenario, error) {
	names, err := fs.Glob(Library(), "*/*.yaml")
	if err != nil {
		return nil, err
	}
	var list []*Scenario
	for _, name := range names {
		one, err := Load(Library(), name, nil, o)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}
