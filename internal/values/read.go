package values

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// readFile reads a file that may be a layer. It looks before it opens: to open a named pipe is to wait for its writer.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is a %s, not a file", kindOf(info))
	}
	if info.Size() > source.MaxBytes {
		return nil, fmt.Errorf("the file has %d bytes, more than the %d a layer may have", info.Size(), source.MaxBytes)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close() //nolint:errcheck // read only
	data := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	_, err = data.ReadFrom(io.LimitReader(f, source.MaxBytes+1)) // a byte too many is enough for the parser to refuse it
	return data.Bytes(), cause(err)
}

// parse reads the YAML of a file. Of one that was encrypted, and then cut or changed by hand, no line is shown.
func parse(file *source.File, data []byte) (*source.Node, diag.Findings) {
	root, findings := source.ParseFile(file, data)
	if !findings.Failed() || !block.Mentioned(data) {
		return root, findings
	}
	file.Secret, file.Data = true, nil
	root, findings = source.ParseFile(file, data) // again: findings have the lines with them
	return root, block.Broken(findings, data)
}

// readable makes a layer of a file that nobody decrypts: what it is, and where its secrets can go.
func readable(file *source.File, data []byte, what, where string) (Layer, diag.Findings) {
	root, findings := parse(file, data)
	if !findings.Failed() && block.Encrypted(root) {
		root = nil
		findings = append(findings, diag.Errorf("decrypt", diag.Position{File: file.Name}, "%s must not be encrypted", what).WithHint("%s", where))
	}
	return Layer{File: file, Root: root}, findings
}

func kindOf(info fs.FileInfo) string {
	switch {
	case info.IsDir():
		return "folder"
	case info.Mode()&fs.ModeNamedPipe != 0:
		return "named pipe"
	default:
		return "special file"
	}
}

// cause drops the operation and the path, which the finding names already.
func cause(err error) error {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err
	}
	if strings.Contains(p.Err.Error(), "escapes from parent") { // os.Root has no error of its own to compare with
		return errors.New("it is a symbolic link, or below one, that leads out of the folder of otomi.yaml")
	}
	return p.Err
}
