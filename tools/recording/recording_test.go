package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// texts are those of a picture, which must be XML.
func texts(t *testing.T, picture []byte) []string {
	t.Helper()
	var found []string
	d := xml.NewDecoder(strings.NewReader(string(picture)))
	in := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local == "text"
		case xml.CharData:
			if in {
				found = append(found, string(token))
			}
		case xml.EndElement:
			in = false
		}
	}
}

func TestRecordsWhatIsPrinted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.svg")
	script := `printf '\033[1m# Title\033[0m\n\033[36m$ command <x> & "y"\033[0m\n'; echo; echo "  two  blanks" >&2; printf '%0150d' 0`
	if err := run(file, exec.Command("sh", "-c", script)); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"# Title", `$ command <x> & "y"`, "  two  blanks", strings.Repeat("0", columns), strings.Repeat("0", 150-columns)}
	if got := texts(t, picture); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("texts are %q, want %q", got, want)
	}
	for _, class := range []string{`class="title"`, `class="command"`} {
		if strings.Count(string(picture), class) != 1 {
			t.Errorf("%s is not there once:\n%s", class, picture)
		}
	}
}

func TestDrawsNothingOfAFailure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.svg")
	if err := run(file, exec.Command("sh", "-c", "echo begun; exit 3")); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error is %v, want that of the command", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a picture was made")
	}
}

func TestPace(t *testing.T) {
	lines := []line{{"a", "title", time.Minute}, {"$ b", "command", time.Minute}, {"c", "", time.Minute}, {"d", "", 10 * time.Minute}, {"e", "title", 10 * time.Minute}}
	want := []time.Duration{time.Second, time.Second + beforeOther, time.Second + beforeOther + afterCommand, 2*time.Second + beforeOther + afterCommand, 4*time.Second + beforeOther + afterCommand}
	for i, l := range pace(lines) {
		if l.at != want[i] {
			t.Errorf("%s appears at %s, want %s", l.text, l.at, want[i])
		}
	}
}

// TestShowsTheDemo tells when the demo has changed and the README's recording of it has not.
func TestShowsTheDemo(t *testing.T) {
	picture, err := os.ReadFile("../../docs/demo.svg")
	if err != nil {
		t.Fatal(err)
	}
	demo, err := os.ReadFile("../../hack/demo.sh")
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Join(texts(t, picture), "\n")
	steps := regexp.MustCompile(`(?m)^(?:say "(.*)"|run ([^$\n'"|]*?)(?: \|\| .*)?)$`).FindAllStringSubmatch(string(demo), -1)
	if len(steps) < 15 {
		t.Fatalf("only %d steps found in the demo", len(steps))
	}
	for _, m := range steps {
		want := "# " + m[1]
		if m[1] == "" {
			want = "$ " + m[2]
		}
		_, after, found := strings.Cut(shown, wrap(want, 0)[0].text)
		if !found {
			t.Fatalf("docs/demo.svg does not show, or not in its place: %s\nrecord it again: make generate/recording", want)
		}
		shown = after
	}
}
