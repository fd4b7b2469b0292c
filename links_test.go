package otomi_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestLinks follows every link of every Markdown page to its file and heading. Of links to elsewhere it looks at the form only.
func TestLinks(t *testing.T) {
	pages := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.Contains(" .git bin dist node_modules testdata ", " "+d.Name()+" "):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".md") && d.Type().IsRegular():
			text, err := os.ReadFile(name)
			pages[name] = prose(string(text))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for name, text := range pages {
		for _, target := range targets(text) {
			links++
			if wrong := follow(pages, name, target); wrong != "" {
				t.Errorf("%s: link to %s: %s", name, target, wrong)
			}
		}
	}
	if len(pages) < 30 || links < 200 {
		t.Errorf("%d pages with %d links: the test does not see them all", len(pages), links)
	}
}

// prose is a page without its code, in which brackets are no links. Blocks keep their lines.
func prose(text string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		mark := regexp.MustCompile("^ *(```+|~~~+)").FindStringSubmatch(line)
		switch {
		case fence == "" && mark != nil:
			fence = mark[1]
		case fence != "" && mark != nil && strings.HasPrefix(mark[1], fence):
			fence = ""
		case fence == "":
			b.WriteString(line)
		}
		if fence != "" || mark != nil {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// targets are those of a page's links and images.
func targets(text string) []string {
	text = regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "`code`")
	var found []string
	for _, m := range regexp.MustCompile(`\]\(([^()\s]*(?:\([^()\s]*\))?[^()\s]*)(?:\s+"[^"]*")?\)|(?m)^\[[^\]]+\]:\s*(\S+)|(?:src|srcset|href)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1]+m[2]+m[3])
	}
	return found
}

// follow says what is wrong with a link on a page, or nothing.
func follow(pages map[string]string, page, target string) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme == "https" || u.Scheme == "http":
		if !strings.Contains(u.Host, ".") || strings.ContainsAny(target, "<> ") {
			return "it has no host, or a character that does not belong there"
		}
		return ""
	case u.Scheme == "mailto":
		return ""
	case u.Scheme != "" || strings.HasPrefix(u.Path, "/"):
		return "want a relative path, or https://"
	}
	file := page
	if u.Path != "" {
		file = filepath.Join(filepath.Dir(page), u.Path)
	}
	if _, err := os.Stat(file); err != nil {
		return "there is no " + file
	}
	if text, ok := pages[file]; u.Fragment != "" && (!ok || !anchors(text)[u.Fragment]) {
		return "there is no heading #" + u.Fragment + " in " + file
	}
	return ""
}

// anchors are what headings can be linked by, as GitHub makes them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#{1,6} +(.+?) *#*$`).FindAllStringSubmatch(text, -1) {
		title := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(m[1], "$1")
		id := strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N}\-_ ]`).ReplaceAllString(strings.ToLower(title), ""), " ", "-")
		for n, first := 1, id; found[id]; n++ {
			id = first + "-" + strconv.Itoa(n)
		}
		found[id] = true
	}
	for _, m := range regexp.MustCompile(`<a (?:id|name)="([^"]+)"`).FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return found
}
