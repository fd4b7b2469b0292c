package gotemplate

import (
	"encoding/base64"
	"path"
	"strings"

	"github.com/gobwas/glob"
)

// Files are the files that templates reach as .Files: those of a chart, or of a core. A chart that asks for one that does not
// exist gets nothing, as in Helm.
type Files map[string][]byte

// Get returns a file's text.
func (f Files) Get(name string) string { return string(f[name]) }

// GetBytes returns a file's bytes.
func (f Files) GetBytes(name string) []byte {
	if data, ok := f[name]; ok {
		return data
	}
	return []byte{}
}

// Glob returns the files whose whole path matches the pattern; * does not cross a slash, ** does.
func (f Files) Glob(pattern string) Files {
	g, err := glob.Compile(pattern, '/')
	if err != nil {
		g = glob.MustCompile("**") // as in Helm
	}
	matched := Files{}
	for name, data := range f {
		if g.Match(name) {
			matched[name] = data
		}
	}
	return matched
}

// Lines returns a file's lines.
func (f Files) Lines(name string) []string {
	if len(f[name]) == 0 {
		return []string{}
	}
	return strings.Split(strings.TrimSuffix(string(f[name]), "\n"), "\n")
}

// AsConfig returns the files as the data of a ConfigMap, by base name.
func (f Files) AsConfig() string {
	return f.data(func(b []byte) string { return string(b) })
}

// AsSecrets returns the files as the data of a Secret, by base name.
func (f Files) AsSecrets() string {
	return f.data(base64.StdEncoding.EncodeToString)
}

func (f Files) data(encode func([]byte) string) string {
	if f == nil {
		return ""
	}
	m := map[string]any{}
	for _, name := range sortedKeys(f) { // of files with one base name the last wins, in every run
		m[path.Base(name)] = encode(f[name])
	}
	s, _ := toYAML(m)
	return s
}

// CoreFiles are the Files of our own templates: asking for a file that does not exist is an error.
type CoreFiles struct{ Files }

// Get returns a file's text.
func (f CoreFiles) Get(name string) (string, error) {
	data, err := f.GetBytes(name)
	return string(data), err
}

// GetBytes returns a file's bytes.
func (f CoreFiles) GetBytes(name string) ([]byte, error) {
	data, ok := f.Files[name]
	if !ok {
		return nil, failure{message: "there is no file " + quoted(name)}
	}
	return data, nil
}

// Lines returns a file's lines.
func (f CoreFiles) Lines(name string) ([]string, error) {
	if _, err := f.GetBytes(name); err != nil {
		return nil, err
	}
	return f.Files.Lines(name), nil
}
