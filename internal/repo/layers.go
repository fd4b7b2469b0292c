package repo

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Entry is one entry of spec.layers: files, low to high among entries.
type Entry struct {
	Files string `json:"files"` // a path or a glob, with placeholders
	Only  string `json:"only"`  // the path that the files may set, with placeholders and {file}
	At    diag.Position
}

// LayerFile is one file that is a layer for a cluster.
type LayerFile struct {
	Path   string
	Only   []string // see Entry.Only; nil: anything
	Secret bool     // by its name; a file with a sops block is secret whatever its name
}

// convention is what spec.layers stands for when it is empty.
func convention() []Entry {
	return []Entry{
		{Files: "env/*.yaml"},
		{Files: "env/apps/*.yaml"},
		{Files: "env/teams/*.yaml", Only: "teams.{file}"},
		{Files: "env/stages/{stage}/*.yaml"},
		{Files: "env/clouds/{cloud}/*.yaml"},
		{Files: "env/clouds/{cloud}/{cluster}/*.yaml"},
	}
}

const secretPrefix = "secrets."

// layers reads spec.layers: a string is an entry's files.
func (r *Repo) layers(nodes []*source.Node) diag.Findings {
	if len(nodes) == 0 {
		r.Layers = convention()
		return nil
	}
	r.written = true
	var findings diag.Findings
	for _, n := range nodes {
		e := Entry{At: n.At()}
		files, only := n, (*source.Node)(nil)
		if n.Kind == source.String {
			e.Files = n.Text
		} else {
			findings = append(findings, source.Decode(n, &e)...)
			only = n.Get("only")
			if f := n.Get("files"); f != nil {
				files = f
			}
		}
		if !fs.ValidPath(e.Files) {
			findings = append(findings, diag.Errorf("layer-path", files.At(), "%q is no path below %s", e.Files, FileName).
				WithHint("write it relative to the folder of %s, without ./ and ..", FileName))
			continue
		}
		findings = append(findings, badGlob(files, e.Files)...)
		findings = append(findings, r.unknownPlaceholders(files, e.Files)...)
		if only != nil {
			findings = append(findings, r.CheckOnly(only)...)
		}
		r.Layers = append(r.Layers, e)
	}
	return findings
}

// Files lists the layer files of a cluster, low to high: entry by entry, within an entry plain files in byte order, then
// secret files. A file is one layer, however many entries it fits: of the entry that names it in full, else of one that names
// the file whose companion it is, else of the last. An entry without wildcard and placeholder must exist.
func (r *Repo) Files(fsys fs.FS, c *Cluster) ([]LayerFile, diag.Findings) {
	var files []candidate
	var findings diag.Findings
	for i, e := range r.Layers {
		pattern, ok := c.expand(e.Files)
		if !ok || c.lacks(e.Only) {
			continue
		}
		matched, err := Glob(fsys, pattern)
		if err != nil {
			findings = append(findings, diag.Errorf("layer-path", r.entryAt(i), "list %s: %v", pattern, err))
			continue
		}
		if len(matched) == 0 && pattern == e.Files && !wild(pattern) {
			findings = append(findings, diag.Errorf("missing-layer", e.At, "the layer %s does not exist", pattern))
		}
		for _, name := range withCompanions(fsys, matched) {
			f := LayerFile{Path: name, Secret: strings.HasPrefix(path.Base(name), secretPrefix)}
			if e.Only != "" {
				f.Only = c.Fence(e.Only, name)
			}
			files = append(files, candidate{f, i, closeness(pattern, name)})
		}
	}
	once, more := r.once(files)
	return once, append(findings, more...)
}

// entryAt is where an entry stands. Those of the convention stand nowhere.
func (r *Repo) entryAt(i int) diag.Position {
	if at := r.Layers[i].At; !at.IsZero() {
		return at
	}
	return diag.Position{File: FileName}
}

// candidate is a file that an entry matches.
type candidate struct {
	LayerFile
	entry int
	close int
}

// closeness is how closely a pattern names a file: in full, as a companion of one that it names in full, or by a wildcard.
func closeness(pattern, name string) int {
	switch {
	case wild(pattern):
		return 0
	case name != pattern:
		return 1
	default:
		return 2
	}
}

// once leaves every file where it counts. Two entries that give a file different fences contradict each other; where
// neither names a file more closely than the other, which of them counts is worth a warning.
func (r *Repo) once(files []candidate) ([]LayerFile, diag.Findings) {
	counts := map[string]candidate{}
	for _, f := range files {
		if had, ok := counts[f.Path]; !ok || f.close >= had.close {
			counts[f.Path] = f
		}
	}
	var out []LayerFile
	var findings diag.Findings
	warned := map[[2]int]bool{}
	for _, f := range files {
		in := counts[f.Path]
		pair := [2]int{f.entry, in.entry}
		switch {
		case f.entry == in.entry:
			out = append(out, f.LayerFile)
		case !slices.Equal(f.Only, in.Only):
			findings = append(findings, diag.Errorf("layer-twice", r.entryAt(in.entry), "%s is a layer of two entries, which do not let it set the same", f.Path).
				WithNote(r.entryAt(f.entry), "the other entry").WithHint("let one entry match the file, or give both the same only"))
		case f.close == in.close && !warned[pair]:
			warned[pair] = true
			findings = append(findings, diag.Warningf("layer-twice", r.entryAt(f.entry), "%s is a layer of two entries, and counts once, for the other one", f.Path).
				WithNote(r.entryAt(in.entry), "it counts here").WithHint("let one entry match the file, or name it in full where it is to count"))
		}
	}
	return out, findings
}

// withCompanions puts plain files first and after them the secret files, matched ones and companions of matched ones.
func withCompanions(fsys fs.FS, matched []string) []string {
	var plain, secret []string
	for _, name := range matched {
		if strings.HasPrefix(path.Base(name), secretPrefix) {
			secret = append(secret, name)
			continue
		}
		plain = append(plain, name)
		companion := path.Join(path.Dir(name), secretPrefix+path.Base(name))
		if _, err := fs.Stat(fsys, companion); err == nil {
			secret = append(secret, companion)
		}
	}
	slices.Sort(secret)
	return append(plain, slices.Compact(secret)...)
}

// Unread warns about entries of spec.layers that match nothing for any cluster and about YAML files below env/ that no
// cluster reads.
func (r *Repo) Unread(fsys fs.FS) diag.Findings {
	var findings diag.Findings
	read := map[string]bool{}
	for i := range r.Clusters {
		files, _ := r.Files(fsys, &r.Clusters[i])
		for _, f := range files {
			read[f.Path] = true
		}
	}
	for _, e := range r.Layers {
		if r.written && wild(e.Files) && !r.matchesSomewhere(fsys, e) {
			findings = append(findings, diag.Warningf("empty-glob", e.At, "%s matches no file for any cluster", e.Files))
		}
	}
	return append(findings, r.unreadFiles(fsys, read)...)
}

func (r *Repo) unreadFiles(fsys fs.FS, read map[string]bool) diag.Findings {
	var findings diag.Findings
	_ = fs.WalkDir(fsys, "env", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // a folder that cannot be listed is reported where it is read
		case d.IsDir() && hidden(name):
			return fs.SkipDir
		case d.IsDir() || hidden(name) || !isYAML(name) || read[name]:
			return nil
		}
		f := diag.Warningf("unread-file", diag.Position{File: name}, "no cluster reads this file").
			WithHint("name it in spec.layers, move it to a folder that is a layer, or remove it")
		if ext := path.Ext(name); ext != ".yaml" && (ext != ".yml" || !r.written) {
			f.Hint = "layers are called *.yaml: rename it to " + strings.TrimSuffix(path.Base(name), ext) + ".yaml"
		}
		findings = append(findings, f)
		return nil
	})
	return findings
}

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name)) // some systems do not tell the cases apart
	return ext == ".yaml" || ext == ".yml"
}

func (r *Repo) matchesSomewhere(fsys fs.FS, e Entry) bool {
	return slices.ContainsFunc(r.Clusters, func(c Cluster) bool {
		pattern, ok := c.expand(e.Files)
		matched, err := Glob(fsys, pattern)
		return ok && !c.lacks(e.Only) && err == nil && len(matched) > 0
	})
}
