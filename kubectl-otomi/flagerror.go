package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// flagError is what is wrong with a flag: which one may be meant where the command does not have it, and what its value can be.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown)
	case errors.As(err, &invalid):
		return invalidValue(invalid)
	default:
		return usageError{err}
	}
}

func unknownFlag(cmd *cobra.Command, err *pflag.NotExistError) error {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	if hint := diag.DidYouMean("--"+err.GetSpecifiedName(), names); hint != "" {
		return usagef("%w (%s)", err, hint)
	}
	return usageError{err}
}

func invalidValue(err *pflag.InvalidValueError) error {
	flag := err.GetFlag()
	want := flag.Value.Type()
	switch want {
	case "int":
		want = "a whole number"
	case "bool":
		want = "true or false"
	case "duration":
		want = "a time such as 30s or 2m"
	default:
		if !errors.Is(err, errEmpty) {
			return usageError{err} // a list whose quotes do not match
		}
		return emptyValue(flag, err.GetValue())
	}
	return usagef("--%s: want %s, not %q", flag.Name, want, err.GetValue())
}

// emptyValue is about the value of a flag that is empty, or a list with an empty item.
func emptyValue(flag *pflag.Flag, value string) error {
	if !blank(value) {
		return usagef("--%s: an item of %q is empty", flag.Name, value)
	}
	want, _ := pflag.UnquoteUsage(flag)
	if strings.HasPrefix(want, "string") { // pflag's word where the usage has none
		want = "one"
	}
	return usagef("--%s: the value is empty; give %s, or leave the flag out (is a variable of the shell not set?)", flag.Name, want)
}
