package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// maxFile is how many bytes a file below platform/ may have that is no template.
const maxFile = 4 * source.MaxBytes

// readTemplate reads a template of ours. Parsing takes many times its size, so it may be as large as any other file that people
// write, and no larger.
func readTemplate(fsys fs.FS, name string) ([]byte, error) {
	text, err := readBounded(fsys, name, source.MaxBytes)
	if err != nil {
		return nil, err
	}
	for i, line := range bytes.SplitAfter(text, []byte("\n")) {
		if !utf8.Valid(line) {
			return nil, fmt.Errorf("line %d is not UTF-8 text; save the file as UTF-8", i+1)
		}
	}
	return text, nil
}

func readOther(fsys fs.FS, name string) ([]byte, error) { return readBounded(fsys, name, maxFile) }

func readBounded(fsys fs.FS, name string, most int64) ([]byte, error) {
	if info, err := fs.Stat(fsys, name); err == nil && info.Size() > most {
		return nil, fmt.Errorf("it has %d bytes, more than the %d it may have", info.Size(), most)
	}
	return fs.ReadFile(fsys, name)
}

func readFinding(file string, err error) diag.Findings {
	if errors.Is(err, fs.ErrNotExist) {
		return diag.Findings{diag.Errorf("missing-file", diag.Position{File: file}, "the file does not exist")}
	}
	return diag.Findings{diag.Errorf("read-file", diag.Position{File: file}, "read %s: %v", path.Base(file), err)}
}

// belowFinding names the file below a folder that could not be read.
func belowFinding(display func(string) string, dir string, err error) diag.Findings {
	var at *fs.PathError
	if errors.As(err, &at) {
		dir, err = at.Path, at.Err
	}
	return readFinding(display(dir), err)
}

// filesBelow are the files that our own templates reach as .Files, relative to a folder. Its errors name the file.
func filesBelow(fsys fs.FS, dir string) (gotemplate.Files, error) {
	files := gotemplate.Files{}
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == dir {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		read := readOther
		if isTemplate(name) || path.Ext(name) == ".tpl" {
			read = readTemplate
		}
		data, err := read(fsys, name)
		if err != nil {
			return &fs.PathError{Op: "read", Path: name, Err: err}
		}
		files[strings.TrimPrefix(name, dir+"/")] = data
		return nil
	})
	return files, err
}
