package suite

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// policies reads the objects of a file that are to be Gatekeeper's.
func (r *runner) policies(name, what string, is func(o object.Object) bool) ([]object.Object, error) {
	if name == "" {
		return nil, fmt.Errorf("the test names no %s", what)
	}
	file, shown := r.suite.beside(name)
	text, err := fs.ReadFile(r.fs, file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, reason(shown, err))
	}
	objects, findings := object.Parse(shown, text)
	if err := findings.Err(); err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		return nil, fmt.Errorf("read %s: %s holds no object", what, shown)
	}
	for _, o := range objects {
		if !is(o) {
			return nil, diag.Findings{diag.Errorf("suite", o.Source.Position(), "want %s, have %s", what, o.ID())}
		}
	}
	return objects, nil
}

// objects reads the objects of a file as Kubernetes reads them, whatever they are.
func (r *runner) objects(name string) ([]*unstructured.Unstructured, error) {
	file, shown := r.suite.beside(name)
	text, err := fs.ReadFile(r.fs, file)
	if err != nil {
		return nil, fmt.Errorf("read objects: %w", reason(shown, err))
	}
	var list []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", shown, err)
		}
		json, err := yaml.YAMLToJSONStrict(document)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", shown, err)
		}
		if string(json) == "null" {
			continue
		}
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(json); err != nil {
			return nil, fmt.Errorf("read %s: %w", shown, err)
		}
		list = append(list, u)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no object", shown)
	}
	return list, nil
}

// reason is an error of a file system, with the file as users know it.
func reason(shown string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", shown, err)
}
