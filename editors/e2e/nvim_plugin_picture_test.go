//go:build e2e

package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"os"
	"strings"
	"testing"
)

var updatePictures = flag.Bool("pictures", false, "write the pictures of the READMEs anew")

// TestE2ENvimPluginPicture: the picture in the READMEs is what the screen shows
// today: typed, suggested, a word taken, all of it taken, reviewed.
func TestE2ENvimPluginPicture(t *testing.T) {
	const picture, rows, still = "../../editors/nvim/picture.svg", 13, 1
	m := errorsModel(t)
	m.chat = func(question string) string {
		switch {
		case strings.Contains(question, "Another reviewer says"):
			return `{"reason":"The caller sees the error alone.","confirmed":true}`
		case strings.Contains(question, "return nil, err"):
			return `{"findings":[{"quote":"return nil, err","severity":"warning","category":"bug","message":"The error names no file.","fix":""}]}`
		}
		return `{"findings":[]}`
	}
	u := startReal(t, "AIRSIDE_NVIM", writeSource(t), m.env(),
		"-c", `set laststatus=2 noshowmode signcolumn=no statusline=\ %t%=%{%v:lua.require'airside'.status()%}\ `,
		"-c", "lua vim.diagnostic.config({ virtual_text = true })")
	u.waitReady()
	u.trust()
	u.await("the model in the status line", func() bool { return strings.HasSuffix(u.marked(u.rows[len(u.rows)-2]), "codellama-7b-code") })
	var frames []string
	shoot := func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		frames = append(frames, u.frame(rows))
	}
	u.lua("require('airside.config').get().auto = false")
	u.finish("8GAif e")
	shoot()
	u.lua("require('airside.config').get().auto = true")
	u.keys("rr")
	u.waitGhost("!= nil {\nreturn nil, err\n}")
	shoot()
	u.finish("<M-Right>")
	u.waitGhost("nil {\nreturn nil, err\n}")
	shoot()
	u.lua("require('airside.config').get().auto = false")
	u.finish("<Tab>")
	u.await("no ghost text", func() bool { return u.ghostLocked() == "" })
	shoot()
	u.finish("<Esc>gg0")
	u.command("Airside review")
	u.await("the finding", func() bool {
		return strings.Contains(u.screenLocked(), "The error names no file. (model)") && strings.HasSuffix(u.marked(u.rows[len(u.rows)-2]), "codellama-7b-code")
	})
	shoot()
	drawn := u.svg(rows, frames, still)
	if *updatePictures {
		if err := os.WriteFile(picture, drawn, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(picture)
	if err != nil || !bytes.Equal(kept, drawn) {
		t.Errorf("%s shows another screen (%v): look at it, then E2E_FLAGS='-v -args -pictures' makes it anew\n%s", picture, err, u.screen())
	}
}

// Sizes of a picture, in its units.
const pictureCell, pictureLine, picturePad = 8.4, 19, 14

// svg is an endless animation of frames, two and a half seconds each. Where
// nothing moves, the one numbered still is seen.
func (u *ui) svg(rows int, frames []string, still int) []byte {
	const seconds = 2.5
	var b bytes.Buffer
	w, h := float64(screenColumns)*pictureCell+2*picturePad, float64((rows+1)*pictureLine+2*picturePad)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">`+"\n", w, h)
	all := seconds * float64(len(frames))
	fmt.Fprintf(&b, "<style>g{visibility:hidden;animation:turn %.1fs infinite step-end}g.still{visibility:visible}@keyframes turn{0%%{visibility:visible}%.4f%%{visibility:hidden}}</style>\n", all, 100/float64(len(frames)))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="#%06x"/>`+"\n", u.bg)
	for i, frame := range frames {
		class := ""
		if i == still {
			class = ` class="still"`
		}
		fmt.Fprintf(&b, `<g%s style="animation-delay:%.1fs">`+"\n%s</g>\n", class, float64(i)*seconds-all, frame)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// frame draws the first rows of the screen and the status line. Call it with mu
// held.
func (u *ui) frame(rows int) string {
	const width, height, pad = pictureCell, pictureLine, picturePad
	var b bytes.Buffer
	lines := append(append([][]cell{}, u.rows[:rows]...), u.rows[len(u.rows)-2])
	for y, row := range lines {
		for x := 0; x < len(row); {
			end, text := x, ""
			for end < len(row) && row[end].hl == row[x].hl {
				text += row[end].text
				end++
			}
			u.run(&b, pad+float64(x)*width, pad+float64(y)*height, float64(end-x)*width, height, strings.TrimRight(text, " "), u.attrs[row[x].hl])
			x = end
		}
	}
	if u.row < rows {
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="2" height="%d" fill="#%06x"/>`+"\n", pad+float64(u.col)*width, pad+float64(u.row)*height, height, u.fg)
	}
	return b.String()
}

// run draws cells that look alike.
func (u *ui) run(b *bytes.Buffer, x, y, w, h float64, text string, a attr) {
	fg, bg := a.fg, a.bg
	if fg < 0 {
		fg = u.fg
	}
	if bg < 0 {
		bg = u.bg
	}
	if a.reverse {
		fg, bg = bg, fg
	}
	if bg != u.bg {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#%06x"/>`+"\n", x, y, w, h, bg)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	style := ""
	if a.bold {
		style += ` font-weight="bold"`
	}
	if a.italic {
		style += ` font-style="italic"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="#%06x"%s xml:space="preserve">%s</text>`+"\n", x, y+h-5, fg, style, html.EscapeString(text))
}
