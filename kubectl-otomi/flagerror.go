package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// flagError is what is wrong with a flag, and of one that the command does not have, which one may be meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	if hint := diag.DidYouMean("--"+unknown.GetSpecifiedName(), names); hint != "" {
		err = fmt.Errorf("%w (%s)", err, hint)
	}
	return usageError{err}
}
