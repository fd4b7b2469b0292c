package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/otomi/kubectl-otomi/internal/cluster"
)

// TestCodeOfALostLock: a lock that could not be renewed is somebody else's or in doubt, but where the server does not accept the
// credentials any more nobody has to be waited for.
func TestCodeOfALostLock(t *testing.T) {
	expired := apierrors.NewUnauthorized("token has expired")
	for _, c := range []struct {
		err  error
		want int
	}{
		{&cluster.LockedError{Holder: "ann@laptop"}, exitLocked},
		{&cluster.LockedError{Lost: true}, exitLocked},
		{&cluster.LockedError{Lost: true, Cause: errors.New("connection refused")}, exitLocked},
		{&cluster.LockedError{Lost: true, Cause: fmt.Errorf("renew: %w", expired)}, exitFailed},
		{fmt.Errorf("lock otomi-system/acme: %w", expired), exitFailed},
	} {
		if got := (&app{}).code(context.Background(), c.err); got != c.want {
			t.Errorf("exit code of %v = %d, want %d", c.err, got, c.want)
		}
	}
}
