package archive

import (
	"bytes"
	"fmt"
	"path"
	"regexp"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

// Member is a file of a chart.
type Member struct {
	Name  string // in the chart, as if nothing in it were packed
	Found string // in the chart as it is: what is in a packed subchart is below the archive's name
	Data  []byte
}

// NewMember is a file that is not in an archive within the chart.
func NewMember(name string, data []byte) Member {
	return Member{Name: name, Found: name, Data: bytes.TrimPrefix(data, []byte("\ufeff"))}
}

// Expand puts the files of packed subcharts in the place of their archives, at every depth. All together may unpack to as
// much as one archive may.
func Expand(files []Member) ([]Member, error) {
	left := maxUnpacked
	return expand(files, &left)
}

func expand(files []Member, left *int) ([]Member, error) {
	packed := regexp.MustCompile(`^(charts/[^/]+/)*charts/[^/_.][^/]*\.tgz$`)
	var all []Member
	for _, f := range files {
		// Every archive costs something, or one that holds itself would never end.
		if *left -= len(f.Data) + len(f.Found) + 1024; *left < 0 {
			return nil, fmt.Errorf("it unpacks to more than %d MiB", maxUnpacked>>20)
		}
		if !packed.MatchString(f.Name) {
			all = append(all, f)
			continue
		}
		below, err := unpack(f.Data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Found, err)
		}
		for i := range below {
			below[i].Name = path.Join(f.Name+"~", below[i].Name) // which Helm does not take for an archive
			below[i].Found = path.Join(f.Found, below[i].Found)
		}
		if below, err = expand(below, left); err != nil {
			return nil, err
		}
		all = append(all, below...)
	}
	return all, nil
}

// Chart reads a chart from its files.
func Chart(files []Member) (*chart.Chart, error) {
	buffered := make([]*loader.BufferedFile, len(files))
	for i, f := range files {
		buffered[i] = &loader.BufferedFile{Name: f.Name, Data: f.Data}
	}
	return loader.LoadFiles(buffered)
}

// Text is the content of a file in an archive, by where it is found, or nil.
func Text(data []byte, found string) []byte {
	files, err := Files(data)
	if err != nil {
		return nil
	}
	for _, f := range files {
		if f.Found == found {
			return f.Data
		}
	}
	return nil
}
