package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"

	"github.com/otomi/kubectl-otomi/internal/archive"
)

type entry struct {
	name, text string
	kind       byte // of tar; 0: a file
	link       string
}

func pack(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.text)), Typeflag: tar.TypeReg, Linkname: e.link}
		if e.kind != 0 {
			h.Typeflag = e.kind
		}
		if e.kind == tar.TypeXGlobalHeader {
			h = &tar.Header{Typeflag: e.kind, PAXRecords: map[string]string{"comment": "a commit"}}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil && e.text != "" {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var chartYAML = entry{name: "web/Chart.yaml", text: "\ufeff{apiVersion: v2, name: web, version: 1.0.0, dependencies: [{name: db, version: ^1, repository: https://x}, {name: mq, version: ^1, repository: https://x}]}"}

// TestLoadAsHelm: what both accept they read alike.
func TestLoadAsHelm(t *testing.T) {
	sub := pack(t, entry{name: "mq/Chart.yaml", text: "{apiVersion: v2, name: mq, version: 1.0.0}"}, entry{name: "mq/values.yaml", text: "a: 1"},
		entry{name: "mq/charts/in.tgz", text: string(pack(t, entry{name: "in/Chart.yaml", text: "{apiVersion: v2, name: in, version: 1.0.0}"}, entry{name: "in/templates/b.yaml", text: "b"}))},
		entry{name: "mq/charts/_no.tgz", text: "no archive"}, entry{name: "mq/templates/charts/x.tgz", text: "x"})
	for name, data := range map[string][]byte{
		"plain": pack(t, entry{name: "web/", kind: tar.TypeDir}, chartYAML, entry{name: "web/templates/a.yaml", text: "a"},
			entry{name: "web/charts/db/Chart.yaml", text: "{apiVersion: v2, name: db, version: 1.0.0}"}, entry{name: "web/charts/mq-1.0.0.tgz", text: string(sub)}, entry{name: "web/files/x y", text: "\ufeffx"}),
		"windows": pack(t, entry{name: `web\Chart.yaml`, text: chartYAML.text}, entry{name: `web\templates\a.yaml`, text: "a"}),
		"git":     pack(t, entry{name: "pax_global_header", kind: tar.TypeXGlobalHeader}, chartYAML, entry{name: "web/./templates/a.yaml", text: "a"}),
	} {
		want, err := loader.LoadArchive(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := archive.Load(data)
		if err != nil {
			t.Errorf("%s: Load = %v", name, err)
			continue
		}
		if diff := cmp.Diff(contents(want), contents(got)); diff != "" {
			t.Errorf("%s: files differ (-helm +ours):\n%s", name, diff)
		}
		missing := map[string][]string{"plain": nil}[name]
		if name != "plain" {
			missing = []string{"db", "mq"}
		}
		if diff := cmp.Diff(missing, archive.Missing(got)); diff != "" {
			t.Errorf("%s: Missing (-want +got):\n%s", name, diff)
		}
	}
}

// contents are what rendering takes of a chart and its subcharts.
func contents(c *chart.Chart) map[string]any {
	of := map[string]any{"metadata": c.Metadata, "values": c.Values, "templates": c.Templates, "files": c.Files}
	for _, sub := range c.Dependencies() {
		of[sub.Name()] = contents(sub)
	}
	return of
}

// TestFiles: what is in archives within archives is found below their names.
func TestFiles(t *testing.T) {
	inner := pack(t, entry{name: "in/Chart.yaml", text: "inner"})
	outer := pack(t, entry{name: "mq/charts/in-1.tgz", text: string(inner)}, entry{name: "mq/values.yaml", text: "v"})
	data := pack(t, entry{name: "web/charts/mq-1.tgz", text: string(outer)}, entry{name: "web/charts/db/charts/in-2.tgz", text: string(inner)}, entry{name: "web/a.tgz", text: "a"})
	for found, want := range map[string]string{
		"charts/mq-1.tgz/charts/in-1.tgz/Chart.yaml": "inner", "charts/mq-1.tgz/values.yaml": "v",
		"charts/db/charts/in-2.tgz/Chart.yaml": "inner", "a.tgz": "a", "charts/mq-1.tgz": "",
	} {
		if got := archive.Text(data, found); string(got) != want {
			t.Errorf("Text(%s) = %q, want %q", found, got, want)
		}
	}
	if got := archive.Text([]byte("no archive"), "a"); got != nil {
		t.Errorf("Text of no archive = %q, want nothing", got)
	}
}

// bombs are archives of subcharts each of which is small enough.
func bombs(t *testing.T) []entry {
	files := make([]entry, 10)
	for i := range files {
		files[i] = entry{name: "x/a", text: strings.Repeat("x", 5<<20)}
	}
	one := string(pack(t, files...))
	return []entry{{name: "web/charts/a.tgz", text: one}, {name: "web/charts/b.tgz", text: one}, {name: "web/charts/c.tgz", text: one}}
}

func TestLoadRefuses(t *testing.T) {
	big := strings.Repeat("x", 5<<20+1)
	bomb := make([]entry, 21)
	for i := range bomb {
		bomb[i] = entry{name: "web/a", text: strings.Repeat("x", 5<<20)}
	}
	good := pack(t, chartYAML)
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, `it is no gzip archive: it begins with ""`},
		{"text", []byte("apiVersion: v2"), `it is no gzip archive: it begins with "apiVersion: v2"`},
		{"no tar", func() []byte {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write([]byte("hello, this is no tar"))
			_ = z.Close()
			return b.Bytes()
		}(), "it is damaged: unexpected EOF"},
		{"cut", good[:len(good)/2], "it is damaged: unexpected EOF"},
		{"no files", pack(t), "it holds no files"},
		{"only folders", pack(t, entry{name: "web/", kind: tar.TypeDir}), "it holds no files"},
		{"parent", pack(t, chartYAML, entry{name: "../x"}), `"../x" leads out of the chart`},
		{"parent inside", pack(t, chartYAML, entry{name: "web/a/../x"}), `"web/a/../x" leads out of the chart`},
		{"parent of Windows", pack(t, chartYAML, entry{name: `web\..\x`}), `"web\\..\\x" leads out of the chart`},
		{"absolute", pack(t, chartYAML, entry{name: "/etc/passwd"}), `"/etc/passwd" is an absolute path`},
		{"absolute inside", pack(t, chartYAML, entry{name: "web//etc/passwd"}), ""},
		{"drive", pack(t, chartYAML, entry{name: `C:\x`}), `"C:\\x" is an absolute path`},
		{"drive inside", pack(t, chartYAML, entry{name: "web/c:/x"}), `"web/c:/x" is an absolute path`},
		{"symbolic link", pack(t, chartYAML, entry{name: "web/x", kind: tar.TypeSymlink, link: "/etc/passwd"}), `"web/x" is no plain file: links and devices are refused`},
		{"hard link", pack(t, chartYAML, entry{name: "web/x", kind: tar.TypeLink, link: "web/Chart.yaml"}), `"web/x" is no plain file: links and devices are refused`},
		{"device", pack(t, chartYAML, entry{name: "web/x", kind: tar.TypeChar}), `"web/x" is no plain file: links and devices are refused`},
		{"no folder", pack(t, entry{name: "Chart.yaml", text: chartYAML.text}), `"Chart.yaml" is in no folder: an archive holds the folder of one chart`},
		{"big file", pack(t, chartYAML, entry{name: "web/x", text: big}), `"web/x" is larger than 5 MiB`},
		{"bomb", pack(t, bomb...), "it unpacks to more than 100 MiB"},
		{"bomb in a bomb", pack(t, append(bombs(t), chartYAML)...), "it unpacks to more than 100 MiB"},
		{"damaged subchart", pack(t, chartYAML, entry{name: "web/charts/db/charts/x.tgz", text: "x"}), `charts/db/charts/x.tgz: it is no gzip archive: it begins with "x"`},
		{"parent in subchart", pack(t, chartYAML, entry{name: "web/charts/x.tgz", text: string(pack(t, entry{name: "x/../y"}))}), `charts/x.tgz: "x/../y" leads out of the chart`},
		{"no chart", pack(t, entry{name: "web/README.md"}), "Chart.yaml file is missing"},
	} {
		_, err := archive.Load(tc.data)
		switch {
		case tc.want == "" && err != nil, tc.want != "" && (err == nil || err.Error() != tc.want):
			t.Errorf("%s: Load = %v, want %s", tc.name, err, tc.want)
		}
	}
}

// TestLock: a lock is read as it is written, sorted, and only when it is whole.
func TestLock(t *testing.T) {
	sum := archive.Digest(nil)
	lock := archive.Lock{
		{Name: "web", Version: "1.10.0", Repository: "https://x", SHA256: sum},
		{Name: "web", Version: "1.9.0", Repository: "@acme", SHA256: sum},
		{Name: "db", Version: "1e3.0.0", Repository: "oci://x/y", SHA256: sum},
	}
	lock[2].Version = "100.0.0+1e3"
	lock.Sort()
	data, err := lock.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, findings := archive.ReadLock(fstest.MapFS{"charts/charts.lock": {Data: data}}, "charts", func(s string) string { return s })
	for i := range got {
		got[i].At.File = ""
		got[i].At.Line, got[i].At.Col = 0, 0
	}
	if diff := cmp.Diff(lock, got); diff != "" || len(findings) > 0 || got[1].Version != "1.9.0" {
		t.Errorf("ReadLock = %v (-written +read):\n%s", findings, diff)
	}
	good := "{name: a, version: 1.0.0, repository: https://x, sha256: " + sum + "}"
	for text, want := range map[string]string{
		"charts: [" + good + "]":               "",
		"":                                     "",
		"charts: []":                           "",
		"charts: [" + good + ", " + good + "]": "a-1.0.0.tgz is listed twice",
		"charts: [" + strings.Replace(good, "name: a", "name: a/b", 1) + "]":                    "an entry has a name, a version, a repository and a sha256 of 64 digits",
		"charts: [" + strings.Replace(good, "1.0.0", "../../x", 1) + "]":                        "an entry has a name, a version, a repository and a sha256 of 64 digits",
		"charts: [" + strings.Replace(good, sum, strings.ToUpper(sum), 1) + "]":                 "an entry has a name, a version, a repository and a sha256 of 64 digits",
		"charts: [" + strings.Replace(good, "repository: https://x", "repository: ''", 1) + "]": "an entry has a name, a version, a repository and a sha256 of 64 digits",
		"charts: [{nam: a}]": `unknown field "nam"`,
	} {
		_, findings := archive.ReadLock(fstest.MapFS{"charts/charts.lock": {Data: []byte(text)}}, "charts", func(s string) string { return s })
		if want == "" && len(findings) == 0 || want != "" && len(findings) == 1 && findings[0].Message == want {
			continue
		}
		t.Errorf("ReadLock(%s) found %v, want %q", text, findings, want)
	}
}
