package secrets

import (
	"context"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/volatile"
)

// Generator makes secrets with the Go templates that schemas give under x-secret, such as {{ randAlphaNum 32 }}. They may
// call gotemplate.Generators and what is the same in every run; they see no values.
type Generator struct{ cache *gotemplate.Cache }

// NewGenerator makes a generator.
func NewGenerator() *Generator { return &Generator{cache: gotemplate.NewCache()} }

// Generate executes a template, which stands at a place in a schema.
func (g *Generator) Generate(ctx context.Context, template string, at diag.Position) (string, diag.Findings) {
	file := gotemplate.File{Name: "x-secret", Display: at.File, Text: template}
	set, findings := g.cache.Set(gotemplate.Generator, []gotemplate.File{file})
	if !findings.Failed() {
		limits := gotemplate.Limits{Output: 1 << 20, List: 1 << 16}
		var out gotemplate.Output
		out, findings = set.Run(ctx, gotemplate.Env{Limits: limits, Volatile: random}).Execute(file.Name, map[string]any{})
		if !findings.Failed() && len(out.Text) == 0 {
			findings = diag.Findings{diag.Errorf(RuleGenerator, at, "the generator makes nothing")}
		}
		if !findings.Failed() {
			return string(out.Text), nil
		}
	}
	for i := range findings { // lines of the template are not lines of the schema
		findings[i].At, findings[i].Rule, findings[i].Notes = at, RuleGenerator, nil
	}
	return "", findings
}

// random answers what is another in every run.
func random(function string, args []any, _ int) (any, error) {
	return volatile.Make(function, args, time.Time{})
}
