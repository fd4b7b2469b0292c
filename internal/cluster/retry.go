package cluster

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
)

// How requests are repeated.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 8 * time.Second
	shortTimeout = 15 * time.Second // for requests that somebody waits for
	attemptLimit = 60 * time.Second // of one request whose answer does not come
)

// backoff repeats a request for as long as again says of its error that it will pass, with growing pauses. Told is called
// before each repetition and may be nil.
func backoff(ctx context.Context, patience time.Duration, again func(error) bool, told func(error), request func() error) error {
	pause := firstPause
	for waited := time.Duration(0); ; {
		err := request()
		if err == nil || ctx.Err() != nil || waited >= patience || !again(err) {
			return err
		}
		if told != nil {
			told(err)
		}
		d := wait.Jitter(pause, 0.5)
		if seconds, asked := apierrors.SuggestsClientDelay(err); asked {
			d = max(d, time.Duration(seconds)*time.Second)
		}
		if !sleep(ctx, d) {
			return err
		}
		waited += d
		pause = min(2*pause, longestPause)
	}
}

// retry repeats a read, or one of our own writes.
func (c *Client) retry(ctx context.Context, request func() error) error {
	return backoff(ctx, shortTimeout, transient, nil, request)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
