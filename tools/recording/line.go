package main

import (
	"regexp"
	"strings"
	"time"
)

// columns is how many characters a line of the screen has.
const columns = 112

// line is one of the screen, and when it appears. A style is the class of all its text; hack/demo.sh mixes none in a line.
type line struct {
	text, style string
	at          time.Duration
}

// wrap reads a line as a terminal does: colours become styles, and what is too long goes on in the next line.
func wrap(text string, at time.Duration) []line {
	style := ""
	switch {
	case strings.HasPrefix(text, "\x1b[1m"):
		style = "title"
	case strings.HasPrefix(text, "\x1b[36m"):
		style = "command"
	}
	left := []rune(strings.ReplaceAll(regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(text, ""), "\t", "        "))
	var lines []line
	for len(left) > columns {
		lines = append(lines, line{string(left[:columns]), style, at})
		left = left[columns:]
	}
	return append(lines, line{string(left), style, at})
}

// The pace of reading: how long the screen stands still at most, and at least before a line of each style.
const (
	longest      = time.Second
	beforeTitle  = 2 * time.Second
	afterCommand = 800 * time.Millisecond
	beforeOther  = 60 * time.Millisecond
)

// pace replaces the time at which lines were printed by one at which they can be read.
func pace(lines []line) []line {
	paced := make([]line, len(lines))
	var now, last time.Duration
	for i, l := range lines {
		least := beforeOther
		switch {
		case i == 0:
			least = 0
		case l.style == "title":
			least = beforeTitle
		case lines[i-1].style == "command":
			least = afterCommand
		}
		now += max(least, min(l.at-last, longest))
		last = l.at
		paced[i] = line{l.text, l.style, now}
	}
	return paced
}
