package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/yaml"
)

// manifest is krew's Plugin, v1alpha2. krew ignores fields that it does not know; read refuses them.
type manifest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string  `json:"version"`
		Homepage         string  `json:"homepage"`
		ShortDescription string  `json:"shortDescription"`
		Description      string  `json:"description"`
		Caveats          string  `json:"caveats"`
		Platforms        []entry `json:"platforms"`
	} `json:"spec"`
}

type entry struct {
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	URI    string `json:"uri"`
	SHA256 string `json:"sha256"`
	Files  []struct {
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"files"`
	Bin string `json:"bin"`
}

func read(t *testing.T, text []byte) manifest {
	t.Helper()
	var m manifest
	if err := yaml.UnmarshalStrict(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// broken says which of krew's rules a manifest breaks: those of its own validator, and of what an index takes.
func broken(m manifest) []string {
	var why []string
	check := func(ok bool, rule string) {
		if !ok {
			why = append(why, rule)
		}
	}
	check(m.APIVersion == "krew.googlecontainertools.github.com/v1alpha2", "apiVersion")
	check(m.Kind == "Plugin", "kind")
	check(m.Metadata.Name == strings.TrimSuffix(indexFile, ".yaml"), "the name is the file's")
	check(regexp.MustCompile(`^[\w-]+$`).MatchString(m.Metadata.Name), "the name is safe")
	check(!regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[1-9]|lpt[1-9])$`).MatchString(m.Metadata.Name), "the name is no device of Windows")
	check(m.Spec.ShortDescription != "" && !strings.ContainsAny(m.Spec.ShortDescription, "\r\n"), "a short description in one line")
	check(m.Spec.Description != "", "a description")
	_, err := semver.StrictNewVersion(strings.TrimPrefix(m.Spec.Version, "v"))
	check(err == nil && strings.HasPrefix(m.Spec.Version, "v"), "the version is v and a semantic version")
	check(len(m.Spec.Platforms) > 0, "a platform")
	var seen []string
	for i, p := range m.Spec.Platforms {
		for _, rule := range brokenBy(p) {
			why = append(why, fmt.Sprintf("platform %d: %s", i, rule))
		}
		key := p.Selector.MatchLabels["os"] + "/" + p.Selector.MatchLabels["arch"]
		check(!slices.Contains(seen, key), "one platform for "+key)
		seen = append(seen, key)
	}
	return why
}

func brokenBy(p entry) []string {
	var why []string
	check := func(ok bool, rule string) {
		if !ok {
			why = append(why, rule)
		}
	}
	labels := p.Selector.MatchLabels
	supported := []string{"windows/386", "windows/amd64", "windows/arm64", "linux/386", "linux/amd64", "linux/arm", "linux/arm64", "linux/ppc64le", "darwin/386", "darwin/amd64", "darwin/arm64"}
	check(len(labels) == 2 && slices.Contains(supported, labels["os"]+"/"+labels["arch"]), "a platform that krew supports")
	check(strings.HasPrefix(p.URI, "https://"), "uri")
	check(regexp.MustCompile(`^[a-f0-9]{64}$`).MatchString(p.SHA256), "sha256 in lower case")
	check(p.Bin != "" && strings.HasSuffix(p.Bin, ".exe") == (labels["os"] == "windows"), "bin, .exe on Windows")
	check(p.Files == nil || len(p.Files) > 0, "files is absent or has some")
	license, program := false, false
	for _, f := range p.Files {
		check(f.From != "" && f.To != "", "from and to")
		license = license || f.From == "LICENSE"
		program = program || f.From == p.Bin
	}
	check(license, "the licence is installed")
	check(program, "the program is installed")
	return why
}

// TestRules breaks every rule once, so that what passes has been looked at.
func TestRules(t *testing.T) {
	for rule, spoil := range map[string]func(*manifest){
		"apiVersion":                                func(m *manifest) { m.APIVersion = "krew.googlecontainertools.github.com/v1alpha1" },
		"kind":                                      func(m *manifest) { m.Kind = "plugin" },
		"the name is the file's":                    func(m *manifest) { m.Metadata.Name = "otomy" },
		"the name is safe":                          func(m *manifest) { m.Metadata.Name = "oto mi" },
		"the name is no device of Windows":          func(m *manifest) { m.Metadata.Name = "Com1" },
		"a short description in one line":           func(m *manifest) { m.Spec.ShortDescription = "a\nb" },
		"a description":                             func(m *manifest) { m.Spec.Description = "" },
		"the version is v and a semantic version":   func(m *manifest) { m.Spec.Version = "v1.2" },
		"a platform":                                func(m *manifest) { m.Spec.Platforms = nil },
		"one platform for linux/amd64":              func(m *manifest) { m.Spec.Platforms[1].Selector = m.Spec.Platforms[0].Selector },
		"platform 0: a platform that krew supports": func(m *manifest) { m.Spec.Platforms[0].Selector.MatchLabels = map[string]string{"os": "linux"} },
		"platform 0: uri":                           func(m *manifest) { m.Spec.Platforms[0].URI = "" },
		"platform 0: sha256 in lower case":          func(m *manifest) { m.Spec.Platforms[0].SHA256 = strings.Repeat("A", 64) },
		"platform 4: bin, .exe on Windows":          func(m *manifest) { m.Spec.Platforms[4].Bin = plugin },
		"platform 0: from and to":                   func(m *manifest) { m.Spec.Platforms[0].Files[0].To = "" },
		"platform 0: the licence is installed":      func(m *manifest) { m.Spec.Platforms[0].Files = m.Spec.Platforms[0].Files[:2] },
		"platform 0: the program is installed":      func(m *manifest) { m.Spec.Platforms[0].Files = m.Spec.Platforms[0].Files[1:] },
		"platform 0: files is absent or has some":   func(m *manifest) { m.Spec.Platforms[0].Files = m.Spec.Platforms[0].Files[:0] },
	} {
		m := read(t, top(t))
		spoil(&m)
		if !slices.Contains(broken(m), rule) {
			t.Errorf("%q is broken and not seen: %q", rule, broken(m))
		}
	}
}
