package proxy_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// TestSound: what cannot be the address of a proxy is refused without a word of it, since any may be of a password.
func TestSound(t *testing.T) {
	for _, c := range []struct {
		address string
		sound   bool
	}{
		{"http://proxy:3128", true},
		{"https://bob:xyzzy@proxy", true},
		{"socks5://bob:xyzzy%2F@proxy:1080/", true},
		{"socks5h://proxy", true},
		{"", false},
		{"bob:xyzzy@proxy:3128", false},
		{"xyzzy@proxy", false},
		{"//bob:xyzzy@proxy", false},
		{"http://bob:xyzzy/xyzzy@proxy", false},
		{"http://bob:1/xyzzy@proxy", false},
		{"http://bob:xyzzy xyzzy@proxy", false},
		{"http://bob:xyzzy%zz@proxy", false},
		{"http://bob:xyzzy@proxy:xyzzy", false},
		{"ftp://bob:xyzzy@proxy", false},
	} {
		u, err := proxy.Sound(url.Parse(c.address))
		if (err == nil) != c.sound || (u != nil) != c.sound {
			t.Errorf("Sound(%q) = %v, %v, want sound: %v", c.address, u, err, c.sound)
		}
		if err != nil && strings.Contains(err.Error(), "xyzzy") {
			t.Errorf("Sound(%q) = %v, which shows the password", c.address, err)
		}
	}
	if u, err := proxy.Sound(nil, nil); u != nil || err != nil {
		t.Errorf("Sound(nil) = %v, %v, want no proxy", u, err)
	}
}
