package scaffold

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	otomi "github.com/otomi/kubectl-otomi"
)

func options() Options {
	return Options{Name: "acme", Cluster: "dev", Cloud: "local", Domain: "dev.example.com", Revision: "v1.2.3"}
}

// TestFiles reads every file as what its name says it is, and looks for what no template may leave.
func TestFiles(t *testing.T) {
	for _, bare := range []bool{false, true} {
		o := options()
		o.Bare = bare
		files, err := Files(o, otomi.Core)
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		for _, f := range files {
			if f.Name <= last || !fs.ValidPath(f.Name) {
				t.Errorf("%s follows %s", f.Name, last)
			}
			last = f.Name
			text := string(f.Data)
			if !strings.HasSuffix(text, "\n") || strings.Contains(text, "[[") || strings.Contains(text, "\t") || strings.Contains(text, " \n") {
				t.Errorf("%s has a loose end:\n%s", f.Name, text)
			}
			var any any
			switch path.Ext(f.Name) {
			case ".json":
				err = json.Unmarshal(f.Data, &any)
			case ".yaml":
				err = yaml.Unmarshal(f.Data, &any)
			}
			if err != nil && !strings.Contains(f.Name, "runlevels/") {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
}

// TestSchemaOfTeams: team.json refers to what is in layer.json.
func TestSchemaOfTeams(t *testing.T) {
	files, err := Files(options(), otomi.Core)
	if err != nil {
		t.Fatal(err)
	}
	var layer struct {
		Properties map[string]json.RawMessage
	}
	found := 0
	for _, f := range files {
		switch f.Name {
		case layerSchema:
			if err := json.Unmarshal(f.Data, &layer); err != nil || layer.Properties["teams"] == nil {
				t.Errorf("%s has no teams: %v", f.Name, err)
			}
			found++
		case teamSchema:
			if !strings.Contains(string(f.Data), `"layer.json#/properties/teams"`) {
				t.Errorf("%s does not refer to %s:\n%s", f.Name, layerSchema, f.Data)
			}
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d schemas, want 2", found)
	}
}

func TestFilesWithoutCore(t *testing.T) {
	if _, err := Files(options(), fstest.MapFS{}); err == nil {
		t.Error("a core without a schema gave files")
	}
}

func TestCheck(t *testing.T) {
	if err := options().Check(); err != nil {
		t.Errorf("Check() = %v", err)
	}
	const key = "age1yzl9vlrgjmarkqfmk5lwf2q7zwdx9fccedjha90fvjrkjxtwha4shk9ly8"
	for _, c := range []struct {
		want   string // part of the error, "": none
		change func(*Options)
	}{
		{"--name", func(o *Options) { o.Name = "Acme" }},
		{"--name", func(o *Options) { o.Name = "" }},
		{"--name", func(o *Options) { o.Name = strings.Repeat("a", 64) }},
		{"", func(o *Options) { o.Name = strings.Repeat("a", 63) }},
		{"--cluster", func(o *Options) { o.Cluster = "a/b" }},
		{"--cluster", func(o *Options) { o.Cluster = "-a" }},
		{"--cloud", func(o *Options) { o.Cloud = ".." }},
		{"--cloud", func(o *Options) { o.Cloud = "a\nb" }},
		{"--domain", func(o *Options) { o.Domain = "a..b" }},
		{"--domain", func(o *Options) { o.Domain = "A.b" }},
		{"--domain", func(o *Options) { o.Domain = strings.Repeat("a.", 130) + "b" }},
		{"", func(o *Options) { o.Domain = "localhost" }},
		{"", func(o *Options) { o.Age = []string{key} }},
		{"", func(o *Options) {
			o.Age = []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN alice@example.com"}
		}},
		{"no public key", func(o *Options) { o.Age = []string{key, key[:20]} }},
		{"no public key", func(o *Options) { o.Age = []string{""} }},
		{"more than one", func(o *Options) { o.Age = []string{key + "," + key} }},
		{"more than one", func(o *Options) { o.Age = []string{key + "\ncreation_rules: []"} }},
	} {
		o := options()
		c.change(&o)
		err := o.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v.Check() = %v, want %q", o, err, c.want)
		}
	}
}

// TestPrivateKey: a key that was given by mistake must not be shown.
func TestPrivateKey(t *testing.T) {
	for _, private := range []string{"AGE-SECRET-KEY-1QYQSZQGP", "age-secret-key-1qyqszqgp", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk"} {
		o := options()
		o.Age = []string{private}
		err := o.Check()
		if err == nil || !strings.Contains(err.Error(), "private key") || strings.Contains(err.Error(), private[14:20]) {
			t.Errorf("Check() of a private key = %v", err)
		}
	}
}

func TestRevision(t *testing.T) {
	for version, want := range map[string]string{
		"v0.4.2":                                    "v0.4.2",
		"v0.4.2+dirty":                              "v0.4.2",
		"v1.0.0-rc.1":                               "v1.0.0-rc.1",
		"v0.4.2-17-g9d046aeff8ce":                   "9d046aeff8ce",
		"v0.4.2-17-g9d046aeff8ce+dirty":             "9d046aeff8ce",
		"v0.0.0-20261121142546-9d046aeff8ce":        "9d046aeff8ce",
		"v0.4.3-0.20261121142546-9d046aeff8ce":      "9d046aeff8ce",
		"v1.0.0-rc.1.0.20261121142546-9d046aeff8ce": "9d046aeff8ce",
		"v0.0.0-dev":                                "main",
		"v0.0.0-unknown":                            "main",
		"":                                          "main",
	} {
		if got := Revision(version); got != want {
			t.Errorf("Revision(%q) = %q, want %q", version, got, want)
		}
	}
}
