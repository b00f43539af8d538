package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
)

// catalogueFile is the page that people read, made of the catalogue.
const catalogueFile = "../../receiver/FAULTS.md"

const cataloguePreface = `# Faults

What can go wrong with an endpoint, each under a name that stays. ` + "`hookdrill faults`" + ` lists them, ` + "`hookdrill faults NAME`" + `
shows one; this page is made of the same catalogue, and tests hold each of them against a raw socket and against a
press.

A fault is a turn of a behavior, wherever one is given: the flag ` + "`receive --behavior`" + `, ` + "`behavior:`" + ` of an endpoint or of a step
in a story, ` + "`PUT /behavior`" + ` of the admin API.

    first 2 fault chunk_size then status 200
    every 3 fault reset else status 200
    chance 10% fault hang_mid_body else delay lognormal 80ms 900ms + status 200

What is left to chance is drawn from ` + "`--seed`" + `, the same for the same seed and the same order of requests. The words of a
behavior can be put together in other ways too; ` + "`go doc hookdrill/receiver ParseBehavior`" + ` has the grammar. A fault of TLS is
` + "`receive --tls=NAME`" + ` and ` + "`tls: NAME`" + ` in a story, one of the dialer is ` + "`fault: NAME`" + ` in a press of a story. What floods or
breaks is for this machine alone, unless ` + "`--allow-remote`" + ` says otherwise.

"attempt" is what a platform's attempt says of it within a deadline of 500 ms: kind and phase. In bytes, "…" stands for a
date, for more of the same, and at the end for what does not end.
`

func TestThePageOfFaultsIsTheCatalogue(t *testing.T) {
	var page strings.Builder
	page.WriteString(cataloguePreface)
	for _, layer := range []string{string(receiver.BelowHTTP), string(receiver.InHTTP), string(receiver.InTLS), dialerLayer} {
		fmt.Fprintf(&page, "\n## %s\n", map[string]string{
			string(receiver.BelowHTTP): "Below HTTP, counted by connection", string(receiver.InHTTP): "In HTTP, counted by request",
			string(receiver.InTLS): "In TLS", dialerLayer: "In our dialer",
		}[layer])
		for _, f := range allFaults() {
			if f.Layer != layer {
				continue
			}
			fmt.Fprintf(&page, "\n### %s\n\n%s\n\n", f.Name, f.Does)
			for _, row := range f.rows() {
				fmt.Fprintf(&page, "    %s\n", strings.TrimRight(fmt.Sprintf("%-12s %s", row[0], row[1]), " "))
			}
		}
	}
	if *update {
		if err := os.WriteFile(catalogueFile, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(catalogueFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page.String()); diff != "" {
		t.Errorf("%s is not the catalogue; make update writes it anew (-want +got):\n%s", catalogueFile, diff)
	}
}
