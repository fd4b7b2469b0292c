package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/quick"

	"github.com/otomi/kubectl-otomi/internal/redact"
)

func TestText(t *testing.T) {
	r := redact.New([]string{"hunter2", "Tr0ub4dor&3 \"x\"\n", "abc", "keycloak", "p4ss", "8675309", "-----BEGIN KEY-----\nMIIEvQ\nabc\n-----END KEY-----\n", "", "xy", "größe-ß", "swordfish", "fish"}, []string{"abc", "keycloak", "hunter2"})
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for in, want := range map[string]string{
		"nothing here":            "nothing here",
		"hunter2":                 "<redacted>",
		"xhunter2y hunter2":       "x<redacted>y <redacted>",
		"postgres://u:hunter2@db": "postgres://u:<redacted>@db",
		"have " + strconv.Quote("Tr0ub4dor&3 \"x\""):      `have "<redacted>"`,
		"q=" + url.QueryEscape("Tr0ub4dor&3 \"x\"") + "&": "q=<redacted>&",
		"key " + b64("hunter2") + ".":                     "key <redacted>.",
		"auth: " + b64("admin:hunter2"):                   "auth: <redacted>",
		"auth: " + b64("a:Tr0ub4dor&3 \"x\"!"):            "auth: <redacted>",
		"auth: " + b64("ab:Tr0ub4dor&3 \"x\"!"):           "auth: <redacted>",
		"abc, abcd, a/abc, abc.":                          "<redacted>, abcd, a/abc, <redacted>.",
		"Deployment/keycloak/keycloak: user keycloak":     "Deployment/keycloak/keycloak: user <redacted>",
		"keycloak-0 keycloak.example.com":                 "keycloak-0 keycloak.example.com",
		"p4ss xp4ss p4ss-1":                               "<redacted> xp4ss <redacted>-1",
		"8675309 18675309":                                "<redacted> 18675309",
		"line MIIEvQ\n":                                   "line <redacted>\n",
		"https://hooks/swordfish/x swordfish.example.com": "https://hooks/<redacted>/x <redacted>.example.com",
		"a-swordfish-b xswordfishx":                       "a-<redacted>-b x<redacted>x",
		"a/fish/b fish.example.com fishing":               "a/<redacted>/b <redacted>.example.com fishing",
		"basic " + b64("user:p4ss"):                       "basic <redacted>",
		"twice " + b64(b64("x hunter2 y")):                "twice <redacted>",
		"at/" + b64("ab-fish-c"):                          "<redacted>",
		"not " + b64("fishing, or hunting"):               "not " + b64("fishing, or hunting"),
		"xy":                                              "xy",
		"größe-ß":                                         "<redacted>",
		"gr\\u00f6\\u00dfe-\\u00df":                       "<redacted>",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
		if r.Has(in) != (in != want) {
			t.Errorf("Has(%q) = %v", in, r.Has(in))
		}
	}
	var none *redact.Redactor
	if none.Text("hunter2") != "hunter2" || string(none.JSON([]byte(`"hunter2"`))) != `"hunter2"` {
		t.Error("a redactor that knows nothing changed something")
	}
}

func TestJSON(t *testing.T) {
	r := redact.New([]string{`a"b\c<d`, "keycloak", "swordfish", "line one\nline two\n"}, []string{"keycloak"})
	in, err := json.MarshalIndent(map[string]any{
		"message": `have a"b\c<d`, "keycloak": 1, "release": "keycloak", "other": "swordfish", "text": "user keycloak", "pem": "line one\nline two\n", `a"b\c<d`: true,
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(r.JSON(in), &got); err != nil {
		t.Fatalf("JSON made no JSON: %v\n%s", err, r.JSON(in))
	}
	for key, want := range map[string]any{
		"message": "have <redacted>", "keycloak": 1.0, "release": "keycloak", "other": "<redacted>", "text": "user <redacted>", "pem": "<redacted>\n", `a"b\c<d`: true,
	} {
		if got[key] != want {
			t.Errorf("JSON: %s = %v, want %v", key, got[key], want)
		}
	}
	if got := string(r.JSON([]byte(`{"a": "half keycloak`))); got != `{"a": "half <redacted>` {
		t.Errorf("JSON of half a document = %s", got)
	}
}

// TestNeverShown: whatever a secret is, it is in none of the texts that hold it as usual encodings write it.
func TestNeverShown(t *testing.T) {
	holds := func(secret, before, after string) bool {
		secret = strings.TrimSpace(secret) + "A1b2C3"
		r := redact.New([]string{secret}, nil)
		raw := before + " " + secret + " " + after
		quoted, _ := json.Marshal(raw)
		for _, text := range []string{raw, strconv.Quote(raw), string(quoted), url.QueryEscape(raw), fmt.Sprintf("%+q", raw)} {
			if strings.Contains(r.Text(text), "A1b2C3") {
				t.Logf("Text(%q) = %q", text, r.Text(text))
				return false
			}
		}
		if encoded := base64.StdEncoding.EncodeToString([]byte(raw)); r.Text(encoded) != redact.Mark {
			t.Logf("Text(%q) = %q", encoded, r.Text(encoded))
			return false
		}
		var back string
		return json.Unmarshal(r.JSON(quoted), &back) == nil && !strings.Contains(back, "A1b2C3")
	}
	if err := quick.Check(holds, nil); err != nil {
		t.Error(err)
	}
}

func TestUnnumbered(t *testing.T) {
	var m redact.Marks
	for in, want := range map[string]string{
		"a " + m.Of("one") + ", " + m.Of("two"): "a <redacted>, <redacted>",
		"<redacted> stays":                      "<redacted> stays",
		"<redacted:x> <redacted:> <redacted:1":  "<redacted:x> <redacted:> <redacted:1",
		"<redacted:<redacted:12>>":              "<redacted:<redacted>>",
		"nothing":                               "nothing",
	} {
		if got := redact.Unnumbered(in); got != want || redact.Shows(in) != (in != "nothing") {
			t.Errorf("Unnumbered(%q) = %q, want %q; Shows = %v", in, got, want, redact.Shows(in))
		}
	}
}
