package plan

import "testing"

// TestPaused: a reason takes one line, so that it cannot pass for another line of what is printed.
func TestPaused(t *testing.T) {
	for text, want := range map[string]string{"incident 7": "incident 7", " a\nacme: Ready\t": "a acme: Ready", "": "nobody says why"} {
		if reason, paused := Paused(map[string]string{PausedKey: text}); reason != want || !paused {
			t.Errorf("Paused(%q) = %q, %t, want %q", text, reason, paused, want)
		}
	}
	if reason, paused := Paused(nil); reason != "" || paused {
		t.Errorf("an object without the annotation is paused: %s", reason)
	}
}
