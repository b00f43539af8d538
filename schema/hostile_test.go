package schema_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// hostileSize is how large the bodies are that must take at most 10 ms.
const hostileSize = 64 << 10

// hostile are bodies of hostileSize made to be expensive, each for the platform
// whose schema it aims at.
func hostile() map[string]struct{ platform, body string } {
	type attack = struct{ platform, body string }
	fill := func(before, unit, after string) string {
		n := (hostileSize - len(before) - len(after)) / len(unit)
		return before + strings.TrimSuffix(strings.Repeat(unit, n), ",") + after
	}
	count := func(before, format, after string) string {
		var b strings.Builder
		b.WriteString(before)
		for i := 0; b.Len() < hostileSize-len(after)-32; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, format, i)
		}
		return b.String() + after
	}
	head, tail, _ := strings.Cut(push, `"title":"disk full"`)
	x, y, _ := strings.Cut(push, `"x":1`)
	labels, rest, _ := strings.Cut(push, `"host":"drill-01"`)
	return map[string]attack{
		"arrays in arrays":             {"flashduty", strings.Repeat("[", hostileSize)},
		"objects in objects":           {"flashduty", fill("", `{"a":`, "")},
		"arrays in a push":             {"flashduty", fill(x+`"x":`, "[", "")},
		"one integer":                  {"flashduty", fill(x+`"x":`, "1", y)},
		"one integer for a time":       {"flashduty", strings.Replace(push, "1750000060", strings.Repeat("9", hostileSize), 1)},
		"exponents":                    {"flashduty", fill(x+`"x":[`, "1e1000001,", "]"+y)},
		"exponents within bounds":      {"flashduty", fill(head+`"alert_cnt":1e999,"responders":[`, `{"person_id":1e999},`, `],"title":""`+tail)},
		"alerts that are numbers":      {"flashduty", fill(head+`"title":"","alerts":[`, "0,", "]"+tail)},
		"alerts that are empty":        {"flashduty", fill(head+`"title":"","alerts":[`, "{},", "]"+tail)},
		"wrong labels":                 {"flashduty", count(labels, `"%x":0`, rest)},
		"wrong labels without names":   {"flashduty", fill(labels, `"":0,`, rest)},
		"unknown members":              {"flashduty", count(head, `"%x":0`, `,"title":""`+tail)},
		"unknown members of any case":  {"flashduty", count(head, `"A%x":0`, `,"title":""`+tail)},
		"unknown names near known":     {"flashduty", count(head, `"titel_incident_severit%d":0`, `,"title":""`+tail)},
		"one unknown long name":        {"flashduty", fill(head+`"`, "incident_severit", `":1,"title":""`+tail)},
		"one name again and again":     {"flashduty", fill(head, `"a":1,`, `,"title":""`+tail)},
		"names that fold":              {"flashduty", count(head, `"É%x":1`, `,"title":""`+tail)},
		"bytes that are no UTF-8":      {"flashduty", fill(x+`"x":"`, "\xff", `"`+y)},
		"strings that are no UTF-8":    {"flashduty", fill(x+`"x":[`, "\"\xff\",", "]"+y)},
		"halves of pairs":              {"flashduty", fill(x+`"x":"`, `\ud800`, `"`+y)},
		"strings with half a pair":     {"flashduty", fill(x+`"x":[`, `"\ud800",`, "]"+y)},
		"escapes":                      {"flashduty", fill(x+`"x":"`, `\u0041`, `"`+y)},
		"faults deep down":             {"flashduty", x + `"x":` + strings.Repeat("[", 900) + fill("", "\"\xff\",", "") + strings.Repeat("]", 900) + y},
		"faults behind a long name":    {"flashduty", fill(head+`"title":"","x`, "long", `":["`+strings.Repeat("\xff\",\"", 60)+`"]`+tail)},
		"messages that are empty":      {"pagerduty", fill(`{"messages":[`, "{},", "]}")},
		"messages that are null":       {"pagerduty", fill(`{"messages":[`, "null,", "]}")},
		"log entries that are empty":   {"pagerduty", fill(`{"messages":[{"event":"incident.custom","log_entries":[`, "{},", "]}]}")},
		"messages of one wrong agent":  {"pagerduty", fill(`{"messages":[`, `{"log_entries":[{"agent":{}}]},`, "]}")},
		"no push, but 30,000 values":   {"pagerduty", fill("[", "0,", "]")},
		"a long word for a known word": {"pagerduty", fill(`{"messages":[{"event":"`, "incident.custom", `"}]}`)},
	}
}

func TestHostileBodiesGiveViolationsInTime(t *testing.T) {
	for name, attack := range hostile() {
		p := open(t, attack.platform)
		for strength, s := range strengths {
			began := time.Now()
			vs := p.Validate([]byte(attack.body), s)
			// The bound of 10 ms is the benchmark's; here a busy machine
			// must not fail what is merely slow.
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%s, %s: took %s", name, strength, took)
			}
			if len(vs) > schema.MaxViolations {
				t.Errorf("%s, %s: %d violations", name, strength, len(vs))
			}
			for _, v := range vs {
				if n := len(v.Pointer) + len(v.Found) + len(v.Documented); n > 2000 {
					t.Errorf("%s, %s: a violation of %d characters", name, strength, n)
				}
			}
		}
	}
}

// BenchmarkHostile shows that no body of 64 KB takes 10 ms: ms-slowest is the
// body that takes longest, each by its best round, in the harder strength.
func BenchmarkHostile(b *testing.B) {
	attacks := hostile()
	best := map[string]time.Duration{}
	for b.Loop() {
		for name, attack := range attacks {
			p, body := open(b, attack.platform), []byte(attack.body)
			for strength, s := range strengths {
				began := time.Now()
				p.Validate(body, s)
				took, key := time.Since(began), name+", "+strength
				if before, ok := best[key]; !ok || took < before {
					best[key] = took
				}
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(best), func(a, b string) int { return int(best[b] - best[a]) })
	for _, name := range names[:5] {
		b.Logf("%8s %s", best[name].Round(10*time.Microsecond), name)
	}
	b.ReportMetric(float64(best[names[0]].Microseconds())/1000, "ms-slowest")
}
