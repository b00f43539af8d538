package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// The names that files may use where a fixed set is known.
var (
	checkNames = []string{"method", "source", "client_certificate", "header", "signature", "content_type", "schema", "seen"}
	phaseNames = names(sender.PhaseDNS, sender.PhaseConnect, sender.PhaseTLS, sender.PhaseWrite, sender.PhaseHeaders, sender.PhaseBody)
	writtens   = names(sender.WrittenNone, sender.WrittenPart, sender.WrittenAll)
	// What an entry of a console's timeline can tell.
	whatNames = names(console.Created, console.Pressed, console.Delivered, console.NotDelivered, console.Commented,
		console.FieldSet, console.FieldDeleted, console.Changed, console.AcknowledgedIt, console.Unacknowledged,
		console.ResolvedIt, console.Reopened, console.StatusUpdate, console.PageOpened, console.PageUpdated,
		console.PageChanged, console.PageDeleted, console.ActionCreated, console.ActionChanged, console.ActionDeleted,
		console.ActionEnabled, console.Read, console.Refused)
	incidentStatuses = names(console.Triggered, console.Acknowledged, console.Resolved)
	kindNames        = names(sender.Answered, sender.Timeout, sender.NotFound, sender.Refused, sender.Unreachable,
		sender.Reset, sender.Closed, sender.CertExpired, sender.CertNotYetValid, sender.CertUnknownAuthority,
		sender.CertWrongHost, sender.CertOutOfOrder, sender.CertRequired, sender.PlainHTTP, sender.TLSOther, sender.Malformed,
		sender.TooLarge, sender.Canceled)
)

func names[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// suggest is the hint for a name that is none of known: the nearest one, or all.
func suggest(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return "there is none"
	}
	sorted := slices.Clone(known)
	slices.Sort(sorted)
	return "known: " + strings.Join(slices.Compact(sorted), ", ")
}

// nearest returns the one of known that name was most likely meant to be, or ""
// when none is near.
func nearest(name string, known []string) string {
	if len(name) > 64 {
		return ""
	}
	best, least := "", max(1, len(name)/3)+1
	sorted := slices.Sorted(slices.Values(known)) // of two that are as near, always the same
	for _, k := range sorted {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbors that make b of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// brief quotes s for a message, shortened.
func brief(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		s = string(runes[:40]) + "…"
	}
	return strconv.Quote(s)
}

// isName reports whether s can stand in ${captured.s} and ${matrix.s}.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}) < 0
}

// enumeration writes "a", "a and b", "a, b and c".
func enumeration(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// isToken reports whether s is an HTTP token, as method and header names are.
func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	}) < 0
}
