package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Target is where to look for suites: a file, a folder, or a folder with all that are below it.
type Target struct {
	Path      string // in the file system
	Recursive bool
	Show      func(file string) string // how users know a file
}

// Find reads the suites of a target. YAML files that hold something else are left alone.
func Find(fsys fs.FS, target Target) ([]*Suite, diag.Findings) {
	shown := target.Show(target.Path)
	info, err := fs.Stat(fsys, target.Path)
	if err != nil {
		return nil, failure(shown, err)
	}
	if !info.IsDir() {
		switch {
		case target.Recursive:
			return nil, failure(shown, errors.New("it is a file, and only a folder has files below it"))
		case !isYAML(target.Path):
			return nil, failure(shown, errors.New("a suite is a .yaml or .yml file; for tests of Rego, name their folder"))
		}
		s, findings := target.read(fsys, target.Path)
		if s == nil && len(findings) == 0 {
			return nil, diag.Findings{diag.Errorf("suite", diag.Position{File: shown}, "there is no %s of %s in it", Kind, Group)}
		}
		return list(s), findings
	}
	var suites []*Suite
	var findings diag.Findings
	err = fs.WalkDir(fsys, target.Path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != target.Path && (!target.Recursive || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || !isYAML(name):
			return nil
		}
		s, f := target.read(fsys, name)
		suites, findings = append(suites, list(s)...), append(findings, f...)
		return nil
	})
	if err != nil {
		findings = append(findings, failure(shown, err)...)
	}
	return suites, findings
}

func list(s *Suite) []*Suite {
	if s == nil {
		return nil
	}
	return []*Suite{s}
}

func isYAML(name string) bool { return path.Ext(name) == ".yaml" || path.Ext(name) == ".yml" }

func failure(shown string, err error) diag.Findings {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return diag.Findings{diag.Errorf("suite", diag.Position{File: shown}, "read suites: %v", err)}
}

// read reads a suite; nil: the file holds something else. Its YAML is that of version 1.2, in which yes and no are words.
func (t Target) read(fsys fs.FS, file string) (*Suite, diag.Findings) {
	shown := t.Show(file)
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, failure(shown, err)
	}
	if !bytes.Contains(text, []byte(Group)) {
		return nil, nil
	}
	content := map[string]any{}
	if err := yaml.Unmarshal(text, &content); err != nil {
		line, message := source.ErrorLine(err)
		return nil, diag.Findings{diag.Errorf("suite", diag.Position{File: shown, Line: line}, "read suite: %s", message)}
	}
	group, _, _ := strings.Cut(fmt.Sprint(content["apiVersion"]), "/")
	if group != Group || content["kind"] != Kind {
		return nil, nil
	}
	s := &Suite{Path: shown, file: file, show: t.Show}
	if err := convert(content, s); err != nil {
		return nil, diag.Findings{diag.Errorf("suite", diag.Position{File: shown}, "read suite: %v", err)}
	}
	return s, unknown(content, shown)
}

func convert(content map[string]any, into any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	err = json.Unmarshal(text, into)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return fmt.Errorf("%s: a %s cannot stand here", mistyped.Field, mistyped.Value)
	}
	return err
}

// unknown warns of fields that no suite has: what they were meant to say is not tested.
func unknown(content map[string]any, shown string) diag.Findings {
	var findings diag.Findings
	warn := func(where string, m any, known ...string) map[string]any {
		fields, _ := m.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
				findings = append(findings, diag.Warningf("suite", diag.Position{File: shown}, "a suite has no field %s", strings.TrimPrefix(where+"."+name, ".")).
					WithHint("%s", diag.DidYouMean(name, known)))
			}
		}
		return fields
	}
	items := func(where string, from map[string]any, name string, each func(where string, item any)) {
		list, _ := from[name].([]any)
		for i, item := range list {
			each(strings.TrimPrefix(fmt.Sprintf("%s.%s[%d]", where, name, i), "."), item)
		}
	}
	top := warn("", content, "apiVersion", "kind", "metadata", "tests", "skip")
	items("", top, "tests", func(where string, test any) {
		t := warn(where, test, "name", "template", "constraint", "expansion", "cases", "invalid", "skip")
		items(where, t, "cases", func(where string, one any) {
			c := warn(where, one, "name", "object", "inventory", "assertions", "skip")
			items(where, c, "assertions", func(where string, a any) { warn(where, a, "violations", "message") })
		})
	})
	return findings
}
