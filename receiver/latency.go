package receiver

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Latency is how long requests wait before their headers: another time for each,
// drawn from the receiver's seed (WithSeed), never less than 0 and never more
// than MaxDelay.
type Latency struct {
	Kind      LatencyKind   // "" is none
	A, B      time.Duration // see the kinds
	Quantiles []Quantile    // of ByQuantiles, both rising
}

// LatencyKind names a distribution, in the words of the grammar.
type LatencyKind string

// The kinds.
const (
	Uniform     LatencyKind = "uniform"   // from A to B
	Normal      LatencyKind = "normal"    // around A, with the standard deviation B
	LogNormal   LatencyKind = "lognormal" // half of them are below A, 99 of 100 below B
	ByQuantiles LatencyKind = "quantiles" // linear between the Quantiles, from 0s at 0%; above the last as the last
)

// Quantile says that so many of 100 wait for Time at most.
type Quantile struct {
	Percent float64
	Time    time.Duration
}

// z99 is how many standard deviations 99 of 100 are below.
const z99 = 2.3263478740408408

// draw returns one of them.
func (l Latency) draw(r *rand.Rand) time.Duration {
	a, b, d := float64(l.A), float64(l.B), 0.0
	switch l.Kind {
	case Uniform:
		d = a + r.Float64()*(b-a)
	case Normal:
		d = a + r.NormFloat64()*b
	case LogNormal:
		d = a * math.Exp(r.NormFloat64()*math.Log(b/a)/z99)
	case ByQuantiles:
		d = l.at(r.Float64() * 100)
	}
	return time.Duration(min(max(d, 0), float64(MaxDelay)))
}

// at returns the time that percent of 100 wait for at most.
func (l Latency) at(percent float64) float64 {
	var below Quantile
	for _, q := range l.Quantiles {
		if percent < q.Percent {
			part := (percent - below.Percent) / (q.Percent - below.Percent)
			return float64(below.Time) + part*float64(q.Time-below.Time)
		}
		below = q
	}
	return float64(below.Time)
}

// String gives the words behind "delay".
func (l Latency) String() string {
	words := []string{string(l.Kind)}
	if l.Kind != ByQuantiles {
		return strings.Join(append(words, l.A.String(), l.B.String()), " ")
	}
	for _, q := range l.Quantiles {
		words = append(words, percent(q.Percent), q.Time.String())
	}
	return strings.Join(words, " ")
}

func percent(p float64) string { return strconv.FormatFloat(p, 'f', -1, 64) + "%" }
