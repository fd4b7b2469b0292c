package cluster

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// forEach calls do with 0 to n-1, several at a time, until one fails or the context ends. Each goroutine takes one after the other: sending a request
// makes it grow its stack, which costs as much as building the request, and is to happen once.
func forEach(ctx context.Context, workers, n int, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(workers, n) {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := do(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
