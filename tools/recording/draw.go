package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
)

// The screen, in pixels of the drawing.
const (
	rows       = 30
	lineHeight = 18
	lineWidth  = columns * 783 / 100 // a character of the monospaced fonts named below is 7.83 wide, at their size
	margin     = 14
	stay       = 6 * time.Second // the last screen, before all begins again
)

const style = `text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d0d7de;white-space:pre}
.title{fill:#fff;font-weight:bold}.command{fill:#56d4dd}
`

// draw makes the picture. All lines lie below each other on one sheet, which moves up behind a window when a line appears.
// What shows no movement, or is asked for none, shows the end.
func draw(lines []line) []byte {
	var b bytes.Buffer
	width, height := lineWidth+2*margin, rows*lineHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>make demo</title>\n<style>\n%s", style)
	animate(&b, lines)
	fmt.Fprintf(&b, "</style>\n<clipPath id=\"window\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>\n",
		margin, margin, width-2*margin, rows*lineHeight)
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\"/>\n<g clip-path=\"url(#window)\"><g id=\"sheet\">\n", width, height)
	for i, l := range lines {
		if l.text == "" {
			continue
		}
		class := ""
		if l.style != "" {
			class = fmt.Sprintf(" class=%q", l.style)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d"%s xml:space="preserve">`, margin, margin+(i+1)*lineHeight-5, class)
		_ = xml.EscapeText(&b, []byte(l.text)) // a bytes.Buffer takes everything
		b.WriteString("</text>\n")
	}
	b.WriteString("</g></g>\n</svg>\n")
	return b.Bytes()
}

// animate writes where the sheet is when.
func animate(b *bytes.Buffer, lines []line) {
	last := len(lines) - 1
	whole := lines[last].at + stay
	fmt.Fprintf(b, "#sheet{transform:translateY(%dpx);animation:scroll %.1fs step-end infinite}\n", top(last), whole.Seconds())
	b.WriteString("@media (prefers-reduced-motion:reduce){#sheet{animation:none}}\n@keyframes scroll{\n")
	for i, l := range lines {
		if i < last && lines[i+1].at == l.at {
			continue
		}
		fmt.Fprintf(b, "%.3f%%{transform:translateY(%dpx)}\n", 100*l.at.Seconds()/whole.Seconds(), top(i))
	}
	b.WriteString("}\n")
}

// top is how far the sheet is moved so that a line is the window's last.
func top(i int) int {
	return (rows - 1 - i) * lineHeight
}
