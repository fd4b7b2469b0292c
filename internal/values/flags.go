package values

import (
	"path/filepath"
	"strings"

	"helm.sh/helm/v3/pkg/strvals"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
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
		m, err := strvals.Parse(arg)
		if err != nil {
			findings = append(findings, diag.Errorf("set-syntax", at, "%v", err).WithHint("write --set path.to.value=VALUE"))
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

// File makes a layer of a --values file that was read elsewhere.
func File(name string, data []byte) (Layer, diag.Findings) {
	file := &source.File{Name: name, Data: data, Flag: true}
	if strings.HasPrefix(filepath.Base(name), "secrets.") {
		file.Secret, file.Data = true, nil
	}
	root, findings := source.ParseFile(file, data)
	if block.Encrypted(root) {
		findings = append(findings, diag.Errorf("decrypt", diag.Position{File: name}, "a --values file must not be encrypted"))
		return Layer{File: file}, findings
	}
	return Layer{File: file, Root: root}, findings
}
