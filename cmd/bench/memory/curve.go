package main

import (
	"fmt"
	"html"
	"strings"
)

var inks = []string{"#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"}

// curve draws how many of the suggestions shown are right, over the share of
// places at which one is shown, for confidences from 0 to 0.95; a line a set, the
// dot is the default. Three of five, which are asked of the default, are dashed.
func curve(all []figures) string {
	const width, height, left, bottom = 640, 400, 60, 50
	x := func(percent float64) float64 { return left + percent/100*(width-left-20) }
	y := func(percent float64) float64 { return height - bottom - percent/100*(height-bottom-20) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	for p := 0.0; p <= 100; p += 20 {
		fmt.Fprintf(&b, `<path d="M%.0f %.0fV%.0fM%.0f %.0fH%.0f" stroke="#ddd"/>`+"\n", x(p), y(0), y(100), x(0), y(p), x(100))
		fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="middle">%.0f</text><text x="%d" y="%.0f" text-anchor="end">%.0f</text>`+"\n", x(p), height-bottom+16, p, left-6, y(p)+4, p)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="middle">shown, %% of places</text>`+"\n", x(50), height-12)
	fmt.Fprintf(&b, `<text transform="translate(16 %.0f) rotate(-90)" text-anchor="middle">right, %% of shown</text>`+"\n", y(50))
	fmt.Fprintf(&b, `<path d="M%.0f %.0fH%.0f" stroke="#888" stroke-dasharray="4 4"/>`+"\n", x(0), y(60), x(100))
	fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" fill="#888">dots: as shipped</text>`+"\n", x(4), y(5))
	n := 0
	for _, f := range all {
		if f.Way != "both" {
			continue
		}
		ink := inks[n%len(inks)]
		var points []string
		for _, p := range f.Curve {
			if p.Shown > 3 {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(p.Shown), y(p.Right)))
			}
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), ink)
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", x(f.Shown), y(f.Right), ink)
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" fill="%s">%s</text>`+"\n", x(4), y(35-5*float64(n)), ink, html.EscapeString(f.Set))
		n++
	}
	b.WriteString("</svg>\n")
	return b.String()
}
