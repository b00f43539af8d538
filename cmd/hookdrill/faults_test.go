package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
)

// On the page of faults everything behind madeOf is made of the catalogue.
const (
	pageOfFaults = "../../receiver/FAULTS.md"
	madeOf       = "<!-- made of the catalogue: make update -->\n"
)

func TestThePageOfFaultsIsTheCatalogue(t *testing.T) {
	page, err := os.ReadFile(pageOfFaults)
	if err != nil {
		t.Fatal(err)
	}
	preface, _, found := strings.Cut(string(page), madeOf)
	if !found {
		t.Fatalf("%s lacks the line %q", pageOfFaults, madeOf)
	}
	made := preface + madeOf + catalogue()
	if *update {
		if err := os.WriteFile(pageOfFaults, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(made, string(page)); diff != "" {
		t.Errorf("%s is not the catalogue; make update writes it anew (-want +got):\n%s", pageOfFaults, diff)
	}
}

// catalogue is the catalogue of faults for a page.
func catalogue() string {
	var b strings.Builder
	for _, part := range []struct{ layer, title string }{
		{string(receiver.BelowHTTP), "Below HTTP, counted by connection"},
		{string(receiver.InHTTP), "In HTTP, counted by request"},
		{string(receiver.InTLS), "In TLS"},
		{dialerLayer, "In our dialer"},
	} {
		fmt.Fprintf(&b, "\n## %s\n", part.title)
		for _, f := range allFaults() {
			if f.Layer != part.layer {
				continue
			}
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", f.Name, f.Does)
			for _, row := range f.rows() {
				fmt.Fprintf(&b, "    %s\n", strings.TrimRight(fmt.Sprintf("%-12s %s", row[0], row[1]), " "))
			}
		}
	}
	return b.String()
}
