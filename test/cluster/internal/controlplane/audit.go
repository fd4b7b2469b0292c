package controlplane

import (
	"fmt"
	"os"
)

// Files below the cluster's folder.
const (
	auditPolicy = "audit-policy.yaml"
	auditLog    = "audit.log"
)

// writeAuditPolicy has every request logged, without bodies: one JSON object per line.
func (p *Plane) writeAuditPolicy() error {
	if !p.spec.Audit {
		return nil
	}
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
