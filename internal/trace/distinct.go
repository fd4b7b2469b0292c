package trace

import (
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// distinct gives every leaf a first trial that no other leaf has, nor any has for its value: two that became equal, or that grew by
// as much, could cancel each other out. Booleans can only be negated, and words are few.
func distinct(leaves []leaf) []leaf {
	d := distincter{used: map[string]bool{}, next: map[string]int{}}
	for _, l := range leaves {
		d.used[l.node.Text] = true
	}
	for i, l := range leaves {
		text := ""
		switch first := l.trials[0].Text; {
		case len(l.trials) == 1:
			continue
		case l.node.Kind == source.Int:
			text = d.integer(l.node.Text)
		case l.node.Kind == source.Float:
			text = d.first(first, func(n int) string { return first + strconv.Itoa(n) })
		case l.node.Kind == source.String:
			text = d.first(first, func(n int) string { return another(l.node.Text, n) })
		}
		if text != "" && text != l.trials[0].Text {
			other := *l.node
			other.Text = text
			leaves[i].trials = append([]*source.Node{&other}, l.trials...)
		}
	}
	return leaves
}

type distincter struct {
	used     map[string]bool
	next     map[string]int // by a text, how many others were made of it
	integers int
}

// first is the text, or the first other one that is not used.
func (d *distincter) first(text string, other func(n int) string) string {
	base := text
	for d.used[text] {
		d.next[base]++
		text = other(d.next[base])
	}
	d.used[text] = true
	return text
}

// integer adds 1, 3, 7, 13, …: what differs from all others. Where there are many, it adds less, as ports and such have a limit.
func (d *distincter) integer(text string) string {
	i, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return ""
	}
	const few = 16
	for {
		n := int64(d.integers)
		d.integers++
		to := strconv.FormatInt(i+min(n, few)*min(n, few)+n+1, 10)
		if !d.used[to] {
			d.used[to] = true
			return to
		}
	}
}

// another is a text's nth other one: with a greater number in it, or longer by letters.
func another(text string, n int) string {
	if i := strings.IndexAny(text, "0123456789"); i >= 0 {
		end := i
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if number, err := strconv.ParseInt(text[i:end], 10, 32); err == nil {
			return text[:i] + strconv.FormatInt(number+int64(n)+1, 10) + text[end:]
		}
	}
	letters := ""
	for ; n > 0; n = (n - 1) / 26 {
		letters += string(rune('a' + (n-1)%26))
	}
	return text + "x" + letters
}
