// Package secrets works on SOPS files in memory: text goes in, text comes out, and nothing touches the disk. Encrypted text
// is recognised by its sops block, and .sops.yaml says who may read what. Data keys are opened and closed in process
// with age and cloud KMS; for PGP SOPS asks the user's gpg. Everything wrong is a finding at its line, and no finding holds a
// value of an encrypted file.
package secrets

import (
	"github.com/getsops/sops/v3/logging"
	"github.com/sirupsen/logrus"

	"github.com/otomi/kubectl-otomi/internal/secrets/block"
)

// The rules of what can be wrong with an encrypted file or with what encrypting needs.
const (
	RuleNoKey        = block.NoKey            // no key at hand can read it
	RuleTampered     = "tampered"             // it was changed after it was encrypted
	RuleHalfWritten  = block.HalfWritten      // a part of it is missing
	RulePlain        = block.PlainInEncrypted // a part of it is plain text
	RuleNotEncrypted = "not-encrypted"        // it is plain text
	RuleGenerator    = "generator"            // an x-secret template that makes no secret
	ruleEncrypted    = "encrypted"            // it is not plain text
	ruleNoConfig     = "no-sops-config"
	ruleConfig       = "sops-config"
	ruleNoRule       = "no-creation-rule"
	ruleNoRecipient  = "encrypt"
	ruleUnfit        = "sops-unfit" // text that a SOPS file cannot hold
)

// Quiet silences SOPS, which logs to stderr, the comments of encrypted files among it. A program calls it once.
func Quiet() { logging.SetLevel(logrus.PanicLevel) }
