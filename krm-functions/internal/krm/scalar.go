package krm

import (
	"slices"
	"strings"
)

// isWord reports what some readers take for something else than a string, in some capitals.
func isWord(s string) bool {
	return len(s) <= len("false") &&
		slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s))
}

// ordinary reports whether every reader of YAML takes a text that stands plainly after a key for the string that it is. Of some
// such texts it does not know.
func ordinary(s string) bool {
	if s == "" || s[len(s)-1] == ' ' || s[len(s)-1] == ':' {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c), isDigit(c), c == '.', c == '/', c == '-', c == '_':
		case i == 0, !isPrintable(c):
			return false
		case (c == ' ' || c == '#') && s[i-1] == ' ', c == ' ' && s[i-1] == ':':
			return false
		}
	}
	switch c := s[0]; {
	case isLetter(c):
		return !isWord(s)
	case isDigit(c):
		return noNumber(s)
	case c == '-':
		option := strings.TrimPrefix(s[1:], "-")
		return option != "" && isLetter(option[0])
	}
	return s[0] == '/'
}

// noNumber reports whether what begins with a digit is no number, date or time in any notation. Letters that some notation has
// tell nothing, but most of those need a zero in front.
func noNumber(s string) bool {
	return strings.ContainsAny(s, "ghijklmnqrsuvwGHIJKLMNQRSUVW*/,;=@%()") ||
		s[0] != '0' && strings.ContainsAny(s, "abcdfopxyABCDFOPXY") ||
		strings.Count(s, ".") > 1 && strings.Trim(s, "0123456789.") == ""
}

// literal reports whether a text is written line by line, whatever it says.
func literal(s string) bool {
	if !strings.Contains(s, "\n") || s[0] <= ' ' || strings.HasSuffix(s, " ") || strings.HasSuffix(s, "\n\n") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '\n' && !isPrintable(c) || c == '\n' && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// digits reports whether a text is a number of a few digits.
func digits(s string) bool {
	return s != "" && len(s) <= 18 && strings.Trim(s, "0123456789") == ""
}

func isPrintable(c byte) bool { return c >= ' ' && c <= '~' }
func isDigit(c byte) bool     { return c >= '0' && c <= '9' }
func isLetter(c byte) bool    { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
