package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets"
)

func (a *app) secretsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secrets",
		Short: "Keep secrets in the values repo, encrypted",
		Long: `Keep secrets in the values repo, encrypted with SOPS. The file .sops.yaml beside otomi.yaml says who may read which file.

A FILE is named relative to the values repo (-C), as git does. Keys are found as sops finds them: age identities in
SOPS_AGE_KEY, SOPS_AGE_KEY_FILE or sops/age/keys.txt in the user's configuration, the credentials of clouds, gpg.`,
		Example: `  # Write a secret value, and look at it
  kubectl otomi secrets edit env/apps/secrets.web.yaml
  kubectl otomi secrets decrypt env/apps/secrets.web.yaml

  # Make the passwords that the schema says can be generated
  kubectl otomi secrets generate --cluster dev

  # Somebody has joined or left
  kubectl otomi secrets rekey`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.secretsEditCmd(), a.secretsEncryptCmd(), a.secretsDecryptCmd(), a.secretsRekeyCmd(), a.secretsGenerateCmd())
	return cmd
}

// files makes cobra count the arguments of a command that takes files.
func files(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s: name a file", cmd.CommandPath())
		case most > 0 && len(args) > most:
			return usagef("%s takes one file, not %d", cmd.CommandPath(), len(args))
		}
		return nil
	}
}

func (a *app) secretsEncryptCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "encrypt FILE...",
		Short: "Encrypt files in place",
		Long: `Encrypt files in place, for those whom .sops.yaml names. The file is replaced in one step: it is plain or encrypted, never
half of both. What is no layer is refused, such as otomi.yaml and the files of a core. What git has recorded of the plain file stays there: change such secrets.`,
		Example: `  # Encrypt a file that was written by hand
  kubectl otomi secrets encrypt env/apps/secrets.web.yaml`,
		Args: files(1, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachFile(cmd.Context(), args, a.encryptFile)
		},
	}
}

func (a *app) secretsDecryptCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "decrypt FILE",
		Short: "Print the plain text of an encrypted file",
		Long:  `Print the plain text of an encrypted file on stdout. Nothing is written to the disk.`,
		Example: `  # Look at the secrets of an app
  kubectl otomi secrets decrypt env/apps/secrets.web.yaml

  # Look at the file that another revision had
  git show HEAD~1:env/apps/secrets.web.yaml > old.yaml && kubectl otomi secrets decrypt old.yaml`,
		Args: files(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachFile(cmd.Context(), args, func(ctx context.Context, f *repoFiles, name string) error {
				data, err := f.read(name)
				if err != nil {
					return err
				}
				plain, err := until(ctx, func() ([]byte, error) { return secrets.Decrypt(name, data) })
				if err != nil {
					return err
				}
				_, err = a.product.Write(plain)
				return err
			})
		},
	}
}

func (a *app) secretsRekeyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "rekey [FILE...]",
		Short: "Let those read the files whom .sops.yaml names, and nobody else",
		Long: `Let those read the files whom .sops.yaml names, and nobody else: run it when a person joins or leaves. Values become encrypted
that .sops.yaml left readable before. Without FILE it goes through every encrypted YAML file of the values repo, in hidden
folders too, and through every encrypted layer whatever its name. A file that is as .sops.yaml wants it is left as it is.

When somebody joins, the values stay as they are written. When somebody leaves, they are encrypted anew with another data
key; but who could read them may have kept them, so change the secrets themselves too.`,
		Example: `  # Ann has been added to .sops.yaml
  kubectl otomi secrets rekey

  # One file
  kubectl otomi secrets rekey env/apps/secrets.web.yaml`,
		Args: files(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.rekey(cmd.Context(), args)
		},
	}
}

func (a *app) encryptFile(ctx context.Context, f *repoFiles, name string) error {
	text, err := f.read(name)
	if err != nil {
		return err
	}
	if secrets.Encrypted(text) {
		if findings := secrets.Whole(name, text); findings.Failed() {
			return findings
		}
		if _, err := fmt.Fprintf(a.Out, "%s: is encrypted already\n", name); err != nil {
			return err
		}
		return nil
	}
	if err := a.asLayer(f, name); err != nil {
		return err
	}
	out, err := until(ctx, func() ([]byte, error) { return f.config.Encrypt(name, text, time.Now()) })
	if err != nil {
		return err
	}
	if err := a.replace(ctx, f, name, out, text); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "%s: encrypted\n", name)
	return err
}

// replace writes an encrypted file in the place of old, unless a secret would be readable in it or the command is to end.
func (a *app) replace(ctx context.Context, f *repoFiles, name string, encrypted, old []byte) error {
	if err := a.shut(f, name, encrypted); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.write(name, encrypted, old)
}

func (a *app) rekey(ctx context.Context, args []string) error {
	rotated := 0
	do := func(ctx context.Context, f *repoFiles, name string) error {
		data, err := f.read(name)
		if err != nil {
			return err
		}
		var change secrets.Change
		out, err := until(ctx, func() (out []byte, err error) {
			out, change, err = f.config.Rekey(name, data, time.Now())
			return out, err
		})
		if err != nil {
			return err
		}
		if !change.None() {
			if err := a.replace(ctx, f, name, out, data); err != nil {
				return err
			}
		}
		if change.Rotated {
			rotated++
		}
		return a.printChange(name, change)
	}
	var err error
	if len(args) > 0 {
		err = a.eachFile(ctx, args, do)
	} else {
		err = a.eachEncrypted(ctx, do)
	}
	if rotated > 0 {
		a.report(diag.Findings{diag.Infof("rotated", diag.Position{}, "%s encrypted anew; who was removed may have kept the old values", count(rotated, "file")).
			WithHint("change the secrets themselves too")})
	}
	return err
}

func (a *app) printChange(name string, c secrets.Change) error {
	text := name + ":"
	for _, r := range c.Added {
		text += "\n  + " + r
	}
	for _, r := range c.Removed {
		text += "\n  - " + r
	}
	if c.Values {
		text += "\n  its values are encrypted as .sops.yaml says now"
	}
	switch {
	case c.None():
		text += " unchanged"
	case c.Threshold[0] != c.Threshold[1]:
		text += fmt.Sprintf("\n  %d key groups are needed, not %d", c.Threshold[1], c.Threshold[0])
	}
	_, err := fmt.Fprintln(a.Out, text)
	return err
}
