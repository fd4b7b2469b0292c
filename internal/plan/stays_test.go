package plan

import "testing"

// TestStays: a destroy tells what a rule keeps from what is not the set's any more and from what is gone.
func TestStays(t *testing.T) {
	for name, test := range map[string]struct {
		change        func(*Meta)
		stays, strays int
	}{
		"as it was":      {func(*Meta) {}, 0, 0},
		"protected":      {func(m *Meta) { m.Annotations = map[string]string{ProtectKey: "true"} }, 1, 0},
		"paused":         {func(m *Meta) { m.Annotations = map[string]string{PausedKey: "incident"} }, 1, 0},
		"made anew":      {func(m *Meta) { m.UID = "another" }, 0, 1},
		"without labels": {func(m *Meta) { m.Labels = nil }, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			objects := parsed(t, configMap)
			w := applied(objects...)
			test.change(w.seen.Objects[objects[0].ID()])
			in := w.input()
			in.Options.Destroy = true
			p, err := Make(in)
			if err != nil {
				t.Fatal(err)
			}
			if stays, strays := len(p.Stays()), len(p.Strays()); stays != test.stays || strays != test.strays {
				t.Errorf("%d stay and %d are strays, want %d and %d", stays, strays, test.stays, test.strays)
			}
			p.Destroy = false
			if len(p.Stays())+len(p.Strays()) > 0 {
				t.Error("a plan that is no destroy has something that stays")
			}
		})
	}
}
