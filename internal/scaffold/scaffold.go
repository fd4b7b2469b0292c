// Package scaffold writes the first files of a values repo: one that validates and applies as it is, and whose comments
// teach the rest. Options and the embedded core go in; files come out, and the same options give the same bytes.
package scaffold

import (
	"bytes"
	_ "embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// The archives that the files are made of.
var (
	//go:embed common.txtar
	common string
	//go:embed default.txtar
	embedded string
	//go:embed bare.txtar
	bare string
)

// layerSchema is the loose schema of layer files; teamSchema, of those of teams, refers to it. schemaFile is a core's.
const (
	schemaFile  = core.Platform + "/schema.yaml"
	layerSchema = ".otomi/schema/layer.json"
	teamSchema  = ".otomi/schema/team.json"
)

// File is one file of the repo; its name is relative to the repo's folder, with slashes.
type File struct {
	Name string
	Data []byte
}

// Files are the files of a new values repo, in byte order of their names. embeddedCore is the core that the plugin carries.
func Files(o Options, embeddedCore fs.FS) ([]File, error) {
	own := bare
	if !o.Bare {
		own = embedded
	}
	var files []File
	for _, archive := range []string{common, own} {
		more, err := o.render(archive, embeddedCore)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	loose, err := looseSchema(files, embeddedCore)
	if err != nil {
		return nil, err
	}
	files = append(files, File{Name: layerSchema, Data: loose})
	for i, f := range files {
		if line := modeline(f.Name); line != "" {
			files[i].Data = append([]byte(line), f.Data...)
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

// render fills an archive's templates in; the names of its files are templates too.
func (o Options) render(archive string, embeddedCore fs.FS) ([]File, error) {
	version, err := coreVersion(embeddedCore)
	if err != nil {
		return nil, err
	}
	t, err := template.New("scaffold").Delims("[[", "]]").Option("missingkey=error").
		Funcs(template.FuncMap{"join": strings.Join, "yaml": scalar}).Parse(archive)
	if err != nil {
		return nil, fmt.Errorf("read scaffold: %w", err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, struct {
		Options
		Version string // of the embedded core
	}{o, version}); err != nil {
		return nil, fmt.Errorf("fill scaffold in: %w", err)
	}
	var files []File
	for _, f := range txtar.Parse(text.Bytes()).Files {
		files = append(files, File{Name: f.Name, Data: f.Data})
	}
	return files, nil
}

// scalar writes a string so that YAML reads it as one.
func scalar(s string) (string, error) {
	text, err := yaml.Marshal(s)
	return strings.TrimSpace(string(text)), err
}

func coreVersion(embeddedCore fs.FS) (string, error) {
	stack, findings := core.Opener{Embedded: embeddedCore}.Open([]repo.CoreSource{{Source: core.Embedded}}, "")
	if err := findings.Err(); err != nil {
		return "", err
	}
	return stack[0].Version, nil
}

// looseSchema is what `kubectl otomi schema --layer` prints in the repo.
func looseSchema(files []File, embeddedCore fs.FS) ([]byte, error) {
	var data []byte
	if i := slices.IndexFunc(files, func(f File) bool { return f.Name == schemaFile }); i >= 0 {
		data = files[i].Data
	} else {
		var err error
		if data, err = fs.ReadFile(embeddedCore, schemaFile); err != nil {
			return nil, fmt.Errorf("read embedded core: %w", err)
		}
	}
	s, findings := schema.Unite(&source.File{Name: schemaFile, Data: data})
	if err := findings.Err(); err != nil {
		return nil, err
	}
	return values.Print{Secrets: true}.JSON(s.Loose(nil)) // a schema holds no secrets
}

// modeline is the line by which editors find the schema of a layer file: relative to it, so that it holds in every clone.
func modeline(name string) string {
	if !strings.HasPrefix(name, "env/") {
		return ""
	}
	to := layerSchema
	if path.Dir(name) == "env/teams" {
		to = teamSchema
	}
	return "# yaml-language-server: $schema=" + strings.Repeat("../", strings.Count(name, "/")) + to + "\n"
}
