package proxy

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Encoded is how a password is written in an address.
const Encoded = "with what is special in a password encoded (/ as %2F, @ as %40)"

// Sound passes on the address of a proxy, nil for none, and refuses what is none. What is wrong with an address may be a part of a
// password, which the error that came with it shows: ours does not.
func Sound(u *url.URL, err error) (*url.URL, error) {
	switch {
	case u == nil && err == nil:
		return nil, nil
	case err != nil, u.Host == "", Misread(u), !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return nil, errors.New("want http://[USER:PASSWORD@]HOST:PORT, also https or socks5, " + Encoded)
	}
	return u, nil
}

// Misread reports whether what was read as the host of an address is the beginning of its credentials: a / of the password ended it.
func Misread(u *url.URL) bool { return strings.Contains(u.Path, "@") }

// Variable is the variable of the environment that names the proxy for a URL, and how to correct it.
func Variable(u *url.URL) (name, correct string) {
	name = strings.ToUpper(u.Scheme) + "_PROXY"
	return name, fmt.Sprintf("correct %s, or add %s to NO_PROXY", name, u.Hostname())
}

// Asked says which proxy a request went by, and by which setting, behind what became of it.
func Asked(by *url.URL, setting string) string {
	return fmt.Sprintf("(asked by the proxy %s of %s)", Name(by), setting)
}
