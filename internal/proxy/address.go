package proxy

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Sound passes on the address of a proxy, nil for none, and refuses what is none. What is wrong with an address may be a part of a
// password, which the error that came with it shows: ours does not.
func Sound(u *url.URL, err error) (*url.URL, error) {
	switch {
	case u == nil && err == nil:
		return nil, nil
	case err != nil, u.Host == "", Misread(u), !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return nil, errors.New("want http://[USER:PASSWORD@]HOST:PORT, also https or socks5, with what is special in a password encoded (/ as %2F, @ as %40)")
	}
	return u, nil
}

// Misread reports whether what was read as the host of an address is the beginning of its credentials: a / of the password ended it.
func Misread(u *url.URL) bool { return strings.Contains(u.Path, "@") }
