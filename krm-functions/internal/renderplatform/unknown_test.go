package renderplatform_test

import (
	"strings"
	"testing"
)

// TestUnknownApp has settings of an app that is no release: merging cannot know, rendering does.
func TestUnknownApp(t *testing.T) {
	code, _, stderr := render(t, "spec: {big: 1, apps: {wbe: {enabled: true}, web: {enabled: true}}}", spec, "", level, web, key, cm)
	want := `no release is called "wbe"`
	if code == 0 || !strings.Contains(stderr, want) || !strings.Contains(stderr, `did you mean "web"?`) || strings.Contains(stderr, `"web"`+"\n") {
		t.Errorf("exit code %d, %s, want %s", code, stderr, want)
	}
}
