package report

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
)

// The picture's measures, in pixels.
const (
	svgWidth  = 760
	svgLeft   = 56  // of a panel's plot
	svgRight  = 736 //
	svgTop    = 40  // of the plot in its panel
	svgBottom = 180
	svgPanel  = 230 // a panel's height
	svgHead   = 56  // above the panels
)

// svgStyle holds the colors for light and dark; nothing is fetched, nothing runs.
const svgStyle = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .small { font-size: 10px } .head { font-weight: 600 } .end { text-anchor: end } .middle { text-anchor: middle }
  .paper { fill: #ffffff } .axis { stroke: #8c959f } .grid { stroke: #d0d7de }
  .band { fill: #bf8700; fill-opacity: .22 } .deadline { stroke: #cf222e; stroke-width: 1.5 }
  .rate { fill: none; stroke: #0969da; stroke-width: 2 }
  .passed { fill: #1a7f37 } .failed { fill: #cf222e } .errored { fill: #ffffff; stroke: #bf8700; stroke-width: 2 } .again { fill: #8250df }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .paper { fill: #0d1117 } .axis { stroke: #7d8590 } .grid { stroke: #30363d }
    .band { fill: #d29922; fill-opacity: .28 } .deadline { stroke: #f85149 } .rate { stroke: #4493f8 }
    .passed { fill: #3fb950 } .failed { fill: #f85149 } .errored { fill: #0d1117; stroke: #d29922 } .again { fill: #a371f7 }
  }
`

// SweepSVG draws a sweep: pass rate against delay with a panel for each phase and
// deadline, or of an endpoint the share of presses that were answered by each
// time. The deadline is a line, our margin a band, and a triangle stands where the
// platform would press again. It is for light and dark, and has no script.
func SweepSVG(w io.Writer, s scenarios.Sweep) error {
	panels := panelsOf(s)
	c := &canvas{}
	height := svgHead + max(1, len(panels))*svgPanel
	c.raw(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`, svgWidth, height, svgWidth, height)
	title := fmt.Sprintf("%s  %s", s.Profile, cmp.Or(s.Endpoint, "our own mock"))
	c.raw(`<title>%s</title>`, escapeXML("hookdrill sweep "+title))
	c.raw(`<style>%s</style>`, svgStyle)
	c.raw(`<rect class="paper" width="%d" height="%d"/>`, svgWidth, height)
	c.text("head", 16, 24, title)
	c.text("small", 16, 42, fmt.Sprintf("%s, %d at a time, over %s connections, seed %d. Band: no outcome is certain here. Triangle: the platform presses again.", pressCount(s.Made), s.Concurrency, scenarios.Connections(s.Kept), s.Seed))
	if s.Made == 0 {
		c.text("", 16, svgHead+24, "nothing was measured: "+cmp.Or(s.Dead, s.Stopped))
	} else {
		for i, draw := range panels {
			c.raw(`<g transform="translate(0 %d)">`, svgHead+i*svgPanel)
			draw(c)
			c.raw(`</g>`)
		}
	}
	c.raw(`</svg>`)
	_, err := w.Write(c.Bytes())
	return err
}

// panelsOf are what draws the panels.
func panelsOf(s scenarios.Sweep) (panels []func(*canvas)) {
	for _, f := range s.Fronts {
		if s.Endpoint != "" {
			panels = append(panels, func(c *canvas) { c.answers(s, f) })
			continue
		}
		for i := range f.Edges {
			panels = append(panels, func(c *canvas) { c.frontier(f, i) })
		}
	}
	return panels
}

// canvas gathers the picture's elements.
type canvas struct{ bytes.Buffer }

func (c *canvas) raw(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

func (c *canvas) text(class string, x, y float64, text string) {
	c.raw(`<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, escapeXML(text))
}

// escapeXML makes text safe between tags, also for the eye.
func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(Clean(text))) // a Builder never fails
	return b.String()
}

// frame draws title, axis and grid of a panel.
func (c *canvas) frame(title, below string) {
	c.text("head", 16, 18, title)
	for _, percent := range []int{0, 50, 100} {
		y := rateY(percent, 100)
		c.raw(`<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>`, svgLeft, y, svgRight, y)
		c.text("small end", svgLeft-6, y+3, fmt.Sprintf("%d %%", percent))
	}
	c.raw(`<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`, svgLeft, svgBottom, svgRight, svgBottom)
	c.text("small middle", (svgLeft+svgRight)/2, svgBottom+34, below)
}

func (c *canvas) band(from, to float64) {
	if to > from {
		c.raw(`<rect class="band" x="%.1f" y="%d" width="%.1f" height="%d"/>`, from, svgTop, to-from, svgBottom-svgTop)
	}
}

func (c *canvas) deadline(x float64, text string) {
	c.raw(`<line class="deadline" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x, svgTop-8, x, svgBottom)
	class := "small middle"
	if x > svgRight-100 { // it would leave the picture
		class, x = "small end", svgRight
	}
	c.text(class, x, svgTop-12, text)
}

func rateY(part, all int) float64 {
	return svgBottom - float64(svgBottom-svgTop)*float64(part)/float64(max(all, 1))
}

// frontier draws one deadline of one phase: the delays around it in equal steps,
// as they are finer near it.
func (c *canvas) frontier(f scenarios.Frontier, edge int) {
	around := f.Around(edge)
	deadline := f.Edges[edge].Deadline
	c.frame(fmt.Sprintf("delay in %s, deadline %s", f.Phase, edgeText(f.Edges[edge])), "delay before (-) and after (+) the deadline, ms")
	var offsets []time.Duration
	for _, row := range around {
		offsets = append(offsets, row.Delay-deadline)
	}
	if edge < len(f.Margins) {
		c.band(slotX(offsets, -f.Margins[edge].Before), slotX(offsets, f.Margins[edge].After))
	}
	c.deadline(slotX(offsets, 0), "deadline "+exactly(deadline))
	var line []string
	for i, row := range around {
		line = append(line, fmt.Sprintf("%.1f,%.1f", slotX(offsets, offsets[i]), rateY(row.Sides[edge].Passed, row.Pressed-row.Sides[edge].Unknown)))
	}
	c.raw(`<polyline class="rate" points="%s"/>`, strings.Join(line, " "))
	for i, row := range around {
		side := row.Sides[edge]
		x, y := slotX(offsets, offsets[i]), rateY(side.Passed, row.Pressed-side.Unknown)
		c.raw(`<circle class="%s" cx="%.1f" cy="%.1f" r="4"><title>%s</title></circle>`, pointClass(side, row), x, y,
			escapeXML(fmt.Sprintf("%s: %s delivered", exactly(row.Delay), share(side.Passed, row.Pressed))))
		if edge == 0 && row.Repeated > 0 {
			c.raw(`<path class="again" d="M%.1f %.1f l5 9 h-10 z"><title>%d pressed again</title></path>`, x, y-18, row.Repeated)
		}
		c.text("small middle", x, svgBottom+16, signed(offsets[i]))
	}
}

// pointClass is the verdict of a row, as a class of svgStyle.
func pointClass(side scenarios.Side, row scenarios.SweepRow) string {
	switch {
	case side.Inside > 0:
		return string(scenarios.Errored)
	case side.Passed == row.Pressed:
		return string(scenarios.Passed)
	}
	return string(scenarios.Failed)
}

// slotX is where an offset stands among slots of equal width, between two of them
// in proportion.
func slotX(offsets []time.Duration, at time.Duration) float64 {
	step := float64(svgRight-svgLeft) / float64(max(len(offsets), 1))
	x := func(slot float64) float64 { return svgLeft + step*(slot+.5) }
	for i, offset := range offsets {
		switch {
		case at > offset:
			continue
		case at == offset:
			return x(float64(i))
		case i == 0:
			return svgLeft
		}
		before := offsets[i-1]
		return x(float64(i-1) + float64(at-before)/float64(offset-before))
	}
	return svgRight
}

func signed(offset time.Duration) string {
	if offset > 0 {
		return fmt.Sprintf("+%g", milliseconds(offset))
	}
	return fmt.Sprintf("%g", milliseconds(offset))
}

// answers draws the share of presses that an endpoint had answered by each time.
func (c *canvas) answers(s scenarios.Sweep, f scenarios.Frontier) {
	row := f.Rows[0]
	last := row.Last
	for _, edge := range f.Edges {
		last = max(last, edge.Deadline)
	}
	last += last / 20
	x := func(at time.Duration) float64 {
		return svgLeft + float64(svgRight-svgLeft)*float64(at)/float64(last)
	}
	c.frame("share of presses answered by then: what would be delivered if that were the deadline", "since the press began, ms")
	for i, edge := range f.Edges {
		m := f.Margins[i]
		c.band(x(max(0, edge.Deadline-m.Before)), min(svgRight, x(edge.Deadline+max(m.Before, m.After))))
		c.deadline(x(edge.Deadline), "deadline "+edgeText(edge))
		c.text("small middle", x(edge.Deadline), svgBottom+16, fmt.Sprintf("%g", milliseconds(edge.Deadline)))
	}
	c.text("small middle", svgLeft, svgBottom+16, "0")
	points := []string{fmt.Sprintf("%d,%d", svgLeft, svgBottom)}
	for i, at := range s.Answers {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x(at), rateY(i, row.Pressed)), fmt.Sprintf("%.1f,%.1f", x(at), rateY(i+1, row.Pressed)))
	}
	points = append(points, fmt.Sprintf("%d,%.1f", svgRight, rateY(len(s.Answers), row.Pressed)))
	c.raw(`<polyline class="rate" points="%s"/>`, strings.Join(points, " "))
	if row.Repeated > 0 {
		c.raw(`<path class="again" d="M%.1f %d l5 9 h-10 z"><title>%d pressed again</title></path>`, min(svgRight-8, x(f.Edges[0].Deadline)+14), svgTop, row.Repeated)
	}
}
