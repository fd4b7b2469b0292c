package repo

import (
	"errors"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// fileName is the placeholder of a fence that stands for the file's name.
const fileName = "file"

func placeholder() *regexp.Regexp { return regexp.MustCompile(`\{([^{}]*)\}`) }

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder().FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	return names
}

// unknownPlaceholders reports those of an entry's text that no cluster has: a typo, for nothing could ever be read.
func (r *Repo) unknownPlaceholders(n *source.Node, text string, others ...string) diag.Findings {
	known := map[string]bool{"cluster": true}
	for _, c := range r.Clusters {
		known["cloud"] = known["cloud"] || c.Cloud != ""
		for label, value := range c.Labels {
			known[label] = known[label] || value != ""
		}
	}
	maps.DeleteFunc(known, func(_ string, some bool) bool { return !some })
	names := append(slices.Sorted(maps.Keys(known)), others...)
	var findings diag.Findings
	for _, p := range placeholders(text) {
		if slices.Contains(names, p) {
			continue
		}
		f := diag.Errorf("unknown-placeholder", n.At(), "no cluster has {%s}", p).
			WithHint("a placeholder is {cloud}, {cluster} or a label of a cluster")
		if near := diag.Suggest(p, names); near != "" {
			f.Hint = "did you mean {" + near + "}?"
		}
		findings = append(findings, f)
	}
	return findings
}

// fact is what a placeholder stands for in the cluster, "" where the cluster lacks it.
func (c *Cluster) fact(name string) string {
	switch name {
	case "cluster":
		return c.Name
	case "cloud":
		return c.Cloud
	default:
		return c.Labels[name]
	}
}

// expand fills in the placeholders; false where the cluster lacks one.
func (c *Cluster) expand(s string) (string, bool) {
	complete := true
	s = placeholder().ReplaceAllStringFunc(s, func(p string) string {
		v := c.fact(p[1 : len(p)-1])
		complete = complete && v != ""
		return v
	})
	return s, complete
}

// lacks reports whether the cluster has no value for a placeholder of a fence.
func (c *Cluster) lacks(only string) bool {
	return slices.ContainsFunc(placeholders(only), func(p string) bool { return p != fileName && c.fact(p) == "" })
}

// CheckOnly finds what is wrong with an entry's `only`.
func (r *Repo) CheckOnly(only *source.Node) diag.Findings {
	return append(r.unknownPlaceholders(only, only.Text, fileName), badFence(only, only.Text)...)
}

// Fence is the path that a file of an entry may set, by the entry's Only. Placeholders are filled in after the path is cut at its dots, for the
// names of files and clusters may hold some.
func (c *Cluster) Fence(only, name string) []string {
	var facts []string
	marked := placeholder().ReplaceAllStringFunc(only, func(p string) string {
		fact := c.fact(p[1 : len(p)-1])
		if p == "{"+fileName+"}" {
			fact = strings.TrimPrefix(strings.TrimSuffix(path.Base(name), path.Ext(name)), secretPrefix)
		}
		facts = append(facts, fact)
		return "{" + strconv.Itoa(len(facts)-1) + "}"
	})
	parts, _ := source.ParsePath(marked) // CheckOnly made sure of it
	for i := range parts {
		parts[i] = placeholder().ReplaceAllStringFunc(parts[i], func(p string) string {
			k, _ := strconv.Atoi(p[1 : len(p)-1])
			return facts[k]
		})
	}
	return parts
}

// badGlob reports a pattern that can match no file.
func badGlob(n *source.Node, pattern string) diag.Findings {
	if _, err := path.Match(placeholder().ReplaceAllString(pattern, "x"), ""); err != nil {
		return diag.Findings{diag.Errorf("layer-path", n.At(), "%q is no glob: a bracket or an escape is not closed", pattern)}
	}
	if path.Base(pattern) == "**" {
		return diag.Findings{diag.Errorf("layer-path", n.At(), "%q matches folders, and layers are files", pattern).WithHint("write %s/*.yaml", pattern)}
	}
	return nil
}

// badFence reports an `only` that is no path.
func badFence(n *source.Node, only string) diag.Findings {
	if n.Kind == source.Null {
		return diag.Findings{diag.Errorf("fence-path", n.At(), "the path is missing, so nothing would be fenced").WithHint("write the path that the files may set, or leave out only")}
	}
	if _, err := source.ParsePath(placeholder().ReplaceAllString(only, "{}")); err != nil && n.Kind == source.String {
		return diag.Findings{diag.Errorf("fence-path", n.At(), "%q is no path: %v", only, errors.Unwrap(err))}
	}
	return nil
}
