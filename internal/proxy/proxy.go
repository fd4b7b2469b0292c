// Package proxy tells what a proxy did to a request that failed, and keeps the credentials in its address to itself. A proxy that
// wants a login, or does not let a host through, answers in the place of the server, and what net/http makes of it reads as if the
// server had.
package proxy

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Name is the address of a proxy, without the credentials that it may hold.
func Name(u *url.URL) string { return u.Scheme + "://" + u.Host }

// Answered reports whether a request for https by a proxy failed because the proxy answered itself.
func Answered(err error) bool {
	var record tls.RecordHeaderError
	if errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch) {
		return true // a page in the place of a connection
	}
	// A refused CONNECT is an error that holds the words of the proxy's status and nothing else.
	for next := err; next != nil; next = errors.Unwrap(next) {
		err = next
	}
	for code := http.StatusMultipleChoices; code < 600; code++ {
		if text := http.StatusText(code); text != "" && text == err.Error() {
			return true
		}
	}
	return false
}

// Cause is why a request failed, without the request. A short page of a proxy in the place of a connection, which net/http takes for
// one that was made, shows only in that the connection ends: so it does where the server ends it.
func Cause(err error) error {
	var request *url.Error
	for errors.As(err, &request) {
		err = request.Err
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the connection ended without an answer: %w", err)
	}
	return err
}
