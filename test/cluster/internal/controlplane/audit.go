package controlplane

import (
	"fmt"
	"os"
)

const (
	auditPolicy = "audit-policy.yaml"
	auditLog    = "audit.log"
)

// AuditLog is the file that holds one JSON object per request when Spec.Audit is set.
func (p *Plane) AuditLog() string { return p.spec.Dir.File(auditLog) }

func (p *Plane) writeAuditPolicy() error {
	const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
`
	if err := os.WriteFile(p.spec.Dir.File(auditPolicy), []byte(policy), 0o600); err != nil {
		return fmt.Errorf("write audit policy: %w", err)
	}
	return nil
}
