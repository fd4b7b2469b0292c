package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// errEmpty is the value of a flag that says nothing.
var errEmpty = errors.New("is empty")

// filled is the value of a flag that is not to be empty. It is looked at where it is set: a list forgets an empty item, and what
// a variable of the shell was to name besides others would be pruned.
type filled struct{ pflag.Value }

// refuseEmpty makes every flag that a command and those below it have by now refuse an empty value. Where a variable of the shell is
// unset, --plan-out "$FILE" would else apply, and -f "$FILE" take the values repo for the manifests. Numbers, times and booleans
// refuse it themselves.
func refuseEmpty(cmd *cobra.Command) {
	wrap := func(f *pflag.Flag) {
		if !slices.Contains([]string{"string", "stringArray", "stringSlice"}, f.Value.Type()) {
			return
		}
		f.Value = filled{f.Value}
		if f.DefValue == "[]" {
			f.DefValue = "" // help knows by its own type of list that this is no default worth showing
		}
	}
	cmd.Flags().VisitAll(wrap)
	cmd.PersistentFlags().VisitAll(wrap)
	for _, c := range cmd.Commands() {
		refuseEmpty(c)
	}
}

// Set works as pflag.Value says.
func (v filled) Set(text string) error {
	if blank(text) {
		return errEmpty
	}
	if err := v.Value.Set(text); err != nil {
		return err
	}
	if list, ok := v.Value.(pflag.SliceValue); ok && slices.ContainsFunc(list.GetSlice(), blank) {
		return errEmpty
	}
	return nil
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }
