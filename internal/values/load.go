package values

import (
	"errors"
	"io/fs"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Decrypt turns the text of an encrypted file into its plain text, in memory.
type Decrypt func(name string, data []byte) ([]byte, error)

// Loader reads layer files, each one once however many clusters share it. It may be used from several goroutines.
type Loader struct {
	FS      fs.FS
	Decrypt Decrypt // nil: values of encrypted files become Placeholder
	Keyless bool    // where no key at hand can read a file, Placeholder and a finding of severity info instead of an error
	Strict  bool    // a secrets.* file that is not encrypted is an error, not a warning: the repo has a .sops.yaml

	mu   sync.Mutex
	read map[string]*loaded
}

type loaded struct {
	once     sync.Once
	file     *source.File
	root     *source.Node
	findings diag.Findings
}

// Placeholder is what an encrypted value becomes where it is not decrypted. Objects that hold it are never applied.
const Placeholder = "otomi-secret-placeholder"

const defaultsFile = core.Platform + "/defaults.yaml"

// Load reads the files, in parallel; the layers come in the files' order.
func (l *Loader) Load(files []repo.LayerFile) ([]Layer, diag.Findings) {
	results := make([]*loaded, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		results[i] = l.entry(f.Path)
		g.Go(func() error {
			results[i].once.Do(func() { l.file(f, results[i]) })
			return nil
		})
	}
	_ = g.Wait() // everything wrong is a finding
	var layers []Layer
	var findings diag.Findings
	for i, r := range results {
		findings = append(findings, r.findings...)
		layers = append(layers, Layer{File: r.file, Only: files[i].Only, Root: r.root})
	}
	return layers, findings
}

func (l *Loader) entry(name string) *loaded {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read == nil {
		l.read = map[string]*loaded{}
	}
	if l.read[name] == nil {
		l.read[name] = &loaded{}
	}
	return l.read[name]
}

func (l *Loader) file(f repo.LayerFile, out *loaded) {
	out.file = &source.File{Name: f.Path, Secret: f.Secret}
	data, err := readFile(l.FS, f.Path)
	if err != nil {
		out.findings = diag.Findings{diag.Errorf("read-layer", diag.Position{File: f.Path}, "%v", err)}
		return
	}
	if !f.Secret {
		out.file.Data = data
	}
	out.root, out.findings = parse(out.file, data)
	switch {
	case out.findings.Failed():
	case block.Encrypted(out.root):
		l.encrypted(data, out)
	case f.Secret && out.root != nil:
		out.findings = append(out.findings, l.plainSecret(f.Path))
	}
}

func (l *Loader) plainSecret(name string) diag.Finding {
	finding := diag.Warningf("plain-secret", diag.Position{File: name}, "this file is not encrypted").WithHint("encrypt it: kubectl otomi secrets encrypt %s", diag.ShellWord(name))
	if l.Strict {
		finding.Severity = diag.Error
	}
	return finding
}

// Defaults reads platform/defaults.yaml of every core, low to high.
func Defaults(stack core.Stack) ([]Layer, diag.Findings) {
	var layers []Layer
	var findings diag.Findings
	for _, c := range stack {
		data, err := readFile(c.FS, defaultsFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		file := &source.File{Name: c.Display(defaultsFile), Data: data}
		if err != nil {
			findings = append(findings, diag.Errorf("read-layer", diag.Position{File: file.Name}, "%v", err))
			continue
		}
		layer, more := readable(file, data, "a core's defaults", "a core is the same for everybody: keep secrets in a layer of the values repo")
		layers, findings = append(layers, layer), append(findings, more...)
	}
	return layers, findings
}
