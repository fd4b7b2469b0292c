package krm

import (
	"cmp"
	"unicode"
)

// natural is the order in which the keys of a made map are written: what is no letter comes before letters, and numbers come by
// what they count.
func natural(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	if isLetter(a[i]) && isLetter(b[i]) {
		return cmp.Compare(a[i], b[i])
	}
	return naturally([]rune(a), []rune(b))
}

// naturally compares texts that differ.
func naturally(a, b []rune) int {
	i := 0
	for a[i] == b[i] {
		i++
	}
	switch aLetter, bLetter := unicode.IsLetter(a[i]), unicode.IsLetter(b[i]); {
	case aLetter && bLetter:
		return cmp.Compare(a[i], b[i])
	case aLetter:
		return 1
	case bLetter:
		return -1
	}
	// A zero counts after another digit, and only fills up before it.
	var before int64
	if a[i] == '0' || b[i] == '0' {
		for j := i - 1; j >= 0 && unicode.IsDigit(a[j]); j-- {
			if a[j] != '0' {
				before = 1
			}
		}
	}
	aNumber, aEnd := number(a, i, before)
	bNumber, bEnd := number(b, i, before)
	return cmp.Or(cmp.Compare(aNumber, bNumber), cmp.Compare(aEnd, bEnd), cmp.Compare(a[i], b[i]))
}

// number reads digits behind a number that is known already.
func number(s []rune, at int, before int64) (n int64, end int) {
	for n = before; at < len(s) && unicode.IsDigit(s[at]); at++ {
		n = n*10 + int64(s[at]-'0')
	}
	return n, at
}
