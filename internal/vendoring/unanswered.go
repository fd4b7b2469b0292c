package vendoring

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// proxyOf is the proxy to ask for a URL, nil for none. Its address is checked: errors would show what is wrong with it.
func (o Options) proxyOf(u *url.URL) (*url.URL, error) {
	if o.Proxy == nil {
		return nil, nil
	}
	by, err := proxy.Sound(o.Proxy(&http.Request{URL: u}))
	if err != nil {
		named, _ := proxy.Variable(u)
		return nil, fmt.Errorf("read %s: %w", named, err)
	}
	return by, nil
}

func (o Options) proxy(r *http.Request) (*url.URL, error) { return o.proxyOf(r.URL) }

// unanswered says why a request had no answer, which proxy was asked, and what to do.
func (o Options) unanswered(what string, u *url.URL, err error) error {
	text, hint := o.reason(proxy.Cause(err))
	named, correct := proxy.Variable(u)
	switch by, unsound := o.proxyOf(u); {
	case unsound != nil:
		text, hint = unsound.Error(), correct
	case by == nil && hint == checkAddress:
		hint += fmt.Sprintf("; where a proxy leads out, %s names it", named)
	case by == nil:
	case proxy.Answered(err):
		text, hint = fmt.Sprintf("%v: the proxy %s answered instead of %s", proxy.Cause(err), proxy.Name(by), u.Host), correct
	default:
		text += " " + proxy.Asked(by, named)
		hint = strings.TrimSuffix(correct+"; or "+hint, "; or ")
	}
	return failf("chart-repository", hint, "get %s: %s", what, text)
}

const checkAddress = "check the address"

// reason is why a request had no answer, and what to do if that is not a proxy's fault.
func (o Options) reason(err error) (text, hint string) {
	var number syscall.Errno
	var unknown *net.DNSError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return fmt.Sprintf("it did not answer within %s", o.Timeout), "--timeout allows more"
	case errors.As(err, &unknown):
		return fmt.Sprintf("the host %s is not known", unknown.Name), checkAddress
	case errors.As(err, &authority):
		return "its certificate is signed by an unknown authority", "helm repo add --ca-file FILE names the authority that signed it"
	case errors.As(err, &number):
		return number.Error(), checkAddress
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the answer ends early", ""
	}
	return err.Error(), ""
}
