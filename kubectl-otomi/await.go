package main

import "context"

// await does what only reads and prints, and leaves it behind when the context ends: whoever interrupts a check need not wait
// for a schema or a report that takes long. What do sets must not be read after an error.
func await(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
