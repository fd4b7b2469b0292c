package cluster

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
)

// errPage is an answer that no API server gives.
var errPage = errors.New("it answers with a web page, as a proxy or a login page does and an API server does not")

// unpaged keeps the pages that proxies answer with from being read as an API server's answers.
type unpaged struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (p unpaged) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := p.RoundTripper.RoundTrip(r)
	if err != nil || !isPage(answer) {
		return answer, err
	}
	_ = answer.Body.Close()
	if answer.StatusCode < http.StatusInternalServerError {
		return nil, errPage
	}
	// What balances load between API servers says so when none of them can be reached for now: that passes.
	answer.Body = io.NopCloser(strings.NewReader(errPage.Error()))
	answer.ContentLength = int64(len(errPage.Error()))
	return answer, nil
}

// isPage reports whether an answer is a web page: by its type, and where it has none, by how it begins.
func isPage(answer *http.Response) bool {
	kind := answer.Header.Get("Content-Type")
	if kind != "" {
		return strings.HasPrefix(kind, "text/html")
	}
	begin := bufio.NewReader(answer.Body)
	first, err := begin.Peek(1)
	answer.Body = struct {
		io.Reader
		io.Closer
	}{begin, answer.Body}
	return err == nil && first[0] == '<'
}
