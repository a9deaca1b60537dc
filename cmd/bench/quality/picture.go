package main

import (
	"fmt"
	"html"
	"strings"
)

// ink of airside's own ways, and of others.
const (
	ownInk   = "#1f6feb"
	otherInk = "#8b949e"
)

// picture draws, for each language, how many answers are exact by each way: a bar with
// its 95% interval, and a dot for how many of what is shown unasked are right.
func picture(all []judgement, ways, languages []string, own func(way string) bool, title string) string {
	const (
		left, bar, gap, width, top = 130, 16, 8, 300, 74
		space                      = 60
	)
	columns := len(languages)
	wide := left + columns*(width+space)
	high := top + len(ways)*(bar+gap) + 56
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12" fill="#1f2328">`+"\n", wide, high)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", wide, high)
	fmt.Fprintf(&b, `<text x="14" y="24" font-size="15" font-weight="bold">%s</text>`+"\n", html.EscapeString(title))
	for i, w := range ways {
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left-10, top+i*(bar+gap)+bar-4, html.EscapeString(w))
	}
	for c, l := range languages {
		from := left + c*(width+space)
		x := func(percent float64) float64 { return float64(from) + percent/100*width }
		bottom := top + len(ways)*(bar+gap)
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s, n = %d</text>`+"\n", from, top-22, html.EscapeString(l), add(all, ways[0], l, "").Places)
		for p := 0.0; p <= 100; p += 20 {
			fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#d8dee4"/><text x="%.1f" y="%d" text-anchor="middle" fill="#656d76" font-size="11">%.0f</text>`+"\n", x(p), top-8, bottom, x(p), bottom+14, p)
		}
		for i, w := range ways {
			f := add(all, w, l, "")
			y := top + i*(bar+gap)
			ink := otherInk
			if own(w) {
				ink = ownInk
			}
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", from, y, f.Exact/100*width, bar, ink)
			fmt.Fprintf(&b, `<path d="M%.1f %dH%.1fM%.1f %dv8M%.1f %dv8" stroke="#1f2328"/>`+"\n", x(f.Low), y+bar/2, x(f.High), x(f.Low), y+bar/2-4, x(f.High), y+bar/2-4)
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%d" r="4" fill="white" stroke="%s" stroke-width="2"/>`+"\n", x(f.Right), y+bar/2, ink)
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="#656d76">%.0f%%</text>`+"\n", x(100)+6, y+bar-4, f.Exact)
		}
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#656d76">bars: exact answers, %% of places, with their 95%% interval; rings: right, %% of what is shown unasked</text>`+"\n", left, high-12)
	b.WriteString("</svg>\n")
	return b.String()
}
