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

// TestE2ENvimPluginPicture: the picture in the plugin's README is what the screen
// shows today.
func TestE2ENvimPluginPicture(t *testing.T) {
	const picture = "../../editors/nvim/picture.svg"
	u := startReal(t, "AIRSIDE_NVIM", writeSource(t), errorsModel(t).env(),
		"-c", `set laststatus=2 noshowmode statusline=\ %t%=%{%v:lua.require'airside'.status()%}\ `)
	u.waitReady()
	u.keys("8GAif err")
	u.waitGhost("!= nil {\nreturn nil, err\n}")
	u.await("the model in the status line", func() bool { return strings.Contains(u.marked(u.rows[len(u.rows)-2]), "codellama") })
	u.mu.Lock()
	drawn := u.svg(13)
	u.mu.Unlock()
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

// svg draws the first rows of the screen and the status line. Call it with mu
// held.
func (u *ui) svg(rows int) []byte {
	const width, height, pad = 8.4, 19, 14
	var b bytes.Buffer
	w, h := float64(screenColumns)*width+2*pad, float64(rows+1)*height+2*pad
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">`+"\n", w, h)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="#%06x"/>`+"\n", u.bg)
	lines := append(append([][]cell{}, u.rows[:rows]...), u.rows[len(u.rows)-2])
	for y, row := range lines {
		for x := 0; x < len(row); {
			end, text := x, ""
			for end < len(row) && row[end].hl == row[x].hl {
				text += row[end].text
				end++
			}
			u.run(&b, pad+float64(x)*width, pad+float64(y)*height, float64(end-x)*width, height, text, u.attrs[row[x].hl])
			x = end
		}
	}
	if u.row < rows {
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="2" height="%d" fill="#%06x"/>`+"\n", pad+float64(u.col)*width, pad+float64(u.row)*height, height, u.fg)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
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
