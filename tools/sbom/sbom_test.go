package sbom

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// TestDocument wants everything that this test program and the packages hold, each once and with its version.
func TestDocument(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := Bill{
		Name: "both", Version: "v1.2.3", Platform: "linux/arm64", Time: time.Unix(1_700_000_000, 0), Source: "https://github.com/otomi/kubectl-otomi",
		Programs: []Program{{Name: "one", Version: "v1.2.3", File: own, License: "Apache-2.0"}, {Name: "two", Version: "v4.5.6", File: own, License: "MIT"}},
		Debian:   []Debian{{"libstdc++6", "1:2.3-4", "arm64", strings.Repeat("a", 64)}},
	}
	text, err := b.Document()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.Document(); err != nil || !bytes.Equal(text, again) {
		t.Errorf("%v: the second document differs from the first", err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, p := range d.Packages {
		if ids[p.ID] != "" || p.Version == "" {
			t.Errorf("%s %q is there twice or has no version", p.ID, p.Version)
		}
		ids[p.ID] = p.Version
	}
	for _, r := range d.Relationships {
		if ids[r.To] == "" || (r.From != d.ID && ids[r.From] == "") {
			t.Errorf("%+v names what is not there", r)
		}
	}
	for id, version := range map[string]string{
		"SPDXRef-program-one": "v1.2.3", "SPDXRef-program-two": "v4.5.6", "SPDXRef-debian-libstdc--6": "1:2.3-4",
		"SPDXRef-module-github.com-otomi-kubectl-otomi-v1.2.3": "v1.2.3",
	} {
		if ids[id] != version {
			t.Errorf("%s has version %q, want %q", id, ids[id], version)
		}
	}
	if !strings.Contains(string(text), "pkg:deb/debian/libstdc++6@1:2.3-4?arch=arm64") {
		t.Error("the package has no purl")
	}
}

// TestForeign refuses what Go did not build: a bill that leaves something out is worse than none.
func TestForeign(t *testing.T) {
	_, err := Bill{Programs: []Program{{Name: "sh", File: "/bin/sh"}}}.Document()
	if err == nil || !strings.HasPrefix(err.Error(), "read modules of sh: ") {
		t.Errorf("a bill of /bin/sh: %v", err)
	}
}
