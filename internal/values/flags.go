package values

import (
	"path/filepath"
	"strings"
	"unicode/utf8"

	"helm.sh/helm/v3/pkg/strvals"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// setFlag is the name of the layers that flags make.
const setFlag = "--set"

// Set makes a layer of each --set argument, in Helm's syntax: a.b=1,c[0]=x; null removes.
func Set(args []string) ([]Layer, diag.Findings) {
	var layers []Layer
	var findings diag.Findings
	for _, arg := range args {
		file := &source.File{Name: setFlag, Data: []byte(arg), Flag: true}
		at := diag.Position{File: file.Name}
		if !utf8.ValidString(arg) {
			findings = append(findings, diag.Errorf("not-utf8", at, "the argument is not UTF-8 text").WithHint("set the terminal's or the script's encoding to UTF-8"))
			continue
		}
		m, err := strvals.Parse(arg)
		if err != nil {
			findings = append(findings, wrongSet(at, err))
			continue
		}
		if len(m) == 0 && arg != "" { // what Helm's reader makes of no path, and of one that begins with a dot
			findings = append(findings, unnamed(at, arg))
			continue
		}
		root, err := source.FromValue(file, m)
		if err != nil {
			findings = append(findings, diag.Errorf("set-syntax", at, "%v", err))
			continue
		}
		layers = append(layers, Layer{File: file, Root: root})
	}
	return layers, findings
}

const setForm = `--set path.to.value=VALUE; a comma in a value is written \,`

// wrongSet says what is wrong with an argument without repeating any of it: what stands behind a comma may be half a secret.
func wrongSet(at diag.Position, err error) diag.Finding {
	message := "the argument cannot be read"
	switch {
	case strings.Contains(err.Error(), "has no value"):
		message = "a part of the argument has no =VALUE"
	case strings.Contains(err.Error(), "index"):
		message = "an index in brackets is no number, or a too large one"
	}
	return diag.Errorf("set-syntax", at, "%s", message).WithHint("write %s", setForm)
}

// unnamed is what is said of an argument that sets nothing.
func unnamed(at diag.Position, arg string) diag.Finding {
	f := diag.Errorf("set-syntax", at, "the argument names no value").WithHint("write %s", setForm)
	if strings.HasPrefix(arg, ".") {
		f.Hint = "write the path without a dot before it: " + setForm
	}
	return f
}

// File makes a layer of a --values file that was read elsewhere.
func File(name string, data []byte) (Layer, diag.Findings) {
	file := &source.File{Name: name, Data: data, Flag: true}
	if strings.HasPrefix(filepath.Base(name), "secrets.") {
		file.Secret, file.Data = true, nil
	}
	return readable(file, data, "a --values file", "make it a layer of the values repo: those are decrypted when they are read")
}
