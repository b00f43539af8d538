package main

import (
	"fmt"
	"io"

	"github.com/hookdrill/hookdrill/scenarios/report"
)

// heading says what a document is. One that stands in the list of another has
// none.
type heading struct {
	Version int    `json:"version,omitempty"`
	Type    string `json:"type,omitempty"`
}

// writeList writes what a command lists: a line each for people, a document each
// on its line, or one document that whole makes of all.
func writeList[T any](w io.Writer, format, kind string, list []T, line func(T) string, doc func(T, heading) any, whole func(docs []any) any) error {
	docs := []any{}
	for _, one := range list {
		switch format {
		case "text":
			fmt.Fprintln(w, line(one))
		case "ndjson":
			if err := report.WriteJSON(w, doc(one, heading{report.Version, kind}), false); err != nil {
				return err
			}
		default:
			docs = append(docs, doc(one, heading{}))
		}
	}
	if format != "json" {
		return nil
	}
	return report.WriteJSON(w, whole(docs), true)
}
