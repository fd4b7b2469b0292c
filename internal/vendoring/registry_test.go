package vendoring_test

import (
	"encoding/base64"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	oci "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/otomi/kubectl-otomi/internal/archive"
)

// registry serves a registry on loopback that helm has pushed archives to. wrap stands before it afterwards.
func registry(t *testing.T, archives map[string][]byte, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	inner := oci.New(oci.Logger(log.New(io.Discard, "", 0)))
	handler := inner
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	host := strings.TrimPrefix(s.URL, "http://")
	dir := t.TempDir()
	for file, data := range archives {
		write(t, filepath.Join(dir, file), string(data))
		helm(t, "push", filepath.Join(dir, file), "oci://"+host+"/charts", "--plain-http", "--registry-config", dir+"/config.json")
	}
	if wrap != nil {
		handler = wrap(inner)
	}
	return host
}

func TestRegistryAsHelm(t *testing.T) {
	host := registry(t, all(t, "web@1.0.0", "web@1.2.0", "web@1.10.0", "web@2.0.0-rc.1", "db@0.1.0+build.7"), nil)
	dir := t.TempDir()
	for _, c := range []string{"web ^1", "web 1.0.0", "web 1.2", "web >=2.0.0-0", "db *", "db 0.1.0+build.7"} {
		root := coreOf(t, c+" oci://"+host+"/charts")
		changes, findings := vendor(t, root, options(), false)
		if len(findings) > 0 {
			t.Errorf("%s: %v", c, findings)
			continue
		}
		file, _, _ := strings.Cut(changes[0], " ")
		chart, _, _ := strings.Cut(c, " ")
		version := strings.TrimSuffix(strings.TrimPrefix(file, chart+"-"), ".tgz")
		helm(t, "pull", "oci://"+host+"/charts/"+chart, "--version", version, "--plain-http", "-d", dir, "--registry-config", dir+"/config.json")
		want, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || string(want) != read(t, root, file) {
			t.Errorf("%s: %s differs from what helm pulls (%v)", c, file, err)
		}
		if _, asRange := strings.CutPrefix(c, "web ^"); asRange { // helm picks the same
			helm(t, "pull", "oci://"+host+"/charts/web", "--version", "^1", "--plain-http", "-d", dir+"/range", "--registry-config", dir+"/config.json", "--untar", "--untardir", dir+"/range")
			text, _ := os.ReadFile(dir + "/range/web/Chart.yaml")
			if !strings.Contains(string(text), "version: "+version) {
				t.Errorf("%s: helm picks %s, not %s", c, text, version)
			}
		}
	}
}

// TestRegistryInIndex: an index may name archives in a registry, as the largest public one does.
func TestRegistryInIndex(t *testing.T) {
	host := registry(t, all(t, "web@1.0.0"), nil)
	s := serve(t, nil, nil)
	sum := archive.Digest(packed(t, "web", "1.0.0"))
	write(t, filepath.Join(s.dir, "index.yaml"), "apiVersion: v1\nentries:\n  web: [{version: 1.0.0, digest: \""+sum+"\", urls: [\"oci://"+host+"/charts/web:1.0.0\"]}]\n")
	changes, findings := vendor(t, coreOf(t, "web ^1 "+s.URL), options(), false)
	if diff := cmp.Diff([]string{"web-1.0.0.tgz fetched"}, changes); diff != "" || len(findings) > 0 {
		t.Errorf("Resolve found %v %s", findings, diff)
	}
}

func TestRegistryCredentials(t *testing.T) {
	const challenge = `Basic realm="test"`
	host := registry(t, all(t, "web@1.0.0"), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, p, _ := r.BasicAuth(); p != password {
				w.Header().Set("WWW-Authenticate", challenge)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	repository := "oci://" + host + "/charts"
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "config.json")
		write(t, name, text)
		return name
	}
	auth := func(p string) string {
		return `{"auths": {"` + host + `": {"auth": "` + base64.StdEncoding.EncodeToString([]byte("me:"+p)) + `"}}}`
	}
	helper(t, `read host; [ "$1" = get ] && [ "$host" = `+host+` ] && echo '{"ServerURL": "", "Username": "me", "Secret": "`+password+`"}' || { echo "credentials not found in native keychain"; exit 1; }`)
	for _, tc := range []struct {
		name  string
		files []string
		want  string
	}{
		{"helm's file", []string{file(auth(password)), file("{}")}, ""},
		{"docker's file", []string{"none.json", file(auth(password))}, ""},
		{"helper", []string{file(`{"credHelpers": {"` + host + `": "test"}}`)}, ""},
		{"store", []string{file("{}"), file(`{"credsStore": "test"}`)}, ""},
		{"none", nil, "chart-repository: get oci://HOST/charts/web:1.0.0: 401 Unauthorized (give the credentials: helm registry login HOST)"},
		{"wrong", []string{file(auth("wrong"))}, "chart-repository: get oci://HOST/charts/web:1.0.0: 401 Unauthorized (give the credentials: helm registry login HOST)"},
		{"broken", []string{file(`{"auths": "` + password + `"}`)}, "chart-repository: get oci://HOST/charts/web:1.0.0: read credentials of registries: FILE is no config.json of docker"},
		{"no helper", []string{file(`{"credsStore": "absent"}`)}, "chart-repository: get oci://HOST/charts/web:1.0.0: read credentials of registries: the helper that FILE names failed for HOST/charts/web"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := options()
			o.Registries = tc.files
			_, findings := vendor(t, coreOf(t, "web 1.0.0 "+repository), o, false)
			if tc.want == "" {
				if len(findings) > 0 {
					t.Errorf("Resolve found %v", findings)
				}
				return
			}
			got := strings.ReplaceAll(findings[0].Rule+": "+strings.TrimPrefix(findings[0].String(), findings[0].At.String()+": "), host, "HOST")
			for _, f := range tc.files {
				got = strings.ReplaceAll(got, f, "FILE")
			}
			if got != tc.want || strings.Contains(got, password) {
				t.Errorf("Resolve found\n%s, want\n%s", got, tc.want)
			}
		})
	}
}

func TestBadRegistry(t *testing.T) {
	code := func(n int) func(http.Handler) http.Handler {
		return func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) })
		}
	}
	for _, tc := range []struct {
		name, wanted string
		wrap         func(http.Handler) http.Handler
		want         string
	}{
		{"no chart", "none ^1", nil, "chart-version: the registry has no HOST/charts/none"},
		{"no such tag", "web 3.0.0", nil, "chart-version: the registry has no HOST/charts/web:3.0.0"},
		{"no such version", "web ^3", nil, "chart-version: U has no version ^3 of web; there is 1.0.0"},
		{"500", "web ^1", code(500), "chart-repository: get oci://HOST/charts/web: 500 Internal Server Error"},
		{"403", "web ^1", code(403), "chart-repository: get oci://HOST/charts/web: 403 Forbidden (give the credentials: helm registry login HOST)"},
		{"image", "image 1.0.0", nil, "chart-archive: HOST/charts/image:1.0.0 is no chart: its config is application/vnd.docker.container.image.v1+json"},
		{"other blob", "web 1.0.0", func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "/blobs/") {
					_, _ = io.WriteString(w, strings.Repeat("x", 317))
					return
				}
				next.ServeHTTP(w, r)
			})
		}, "chart-repository: get oci://HOST/charts/web:1.0.0: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inner := registry(t, all(t, "web@1.0.0"), tc.wrap)
			if tc.name == "image" {
				image, err := random.Image(10, 1)
				if err != nil {
					t.Fatal(err)
				}
				ref, err := name.ParseReference(inner + "/charts/image:1.0.0")
				if err != nil {
					t.Fatal(err)
				}
				if err := remote.Write(ref, image); err != nil {
					t.Fatal(err)
				}
			}
			_, findings := vendor(t, coreOf(t, tc.wanted+" oci://"+inner+"/charts"), options(), false)
			got := ""
			for _, f := range findings {
				got += f.Rule + ": " + strings.TrimPrefix(f.String(), f.At.String()+": ")
			}
			got = strings.ReplaceAll(strings.ReplaceAll(got, "oci://"+inner+"/charts has", "U has"), inner, "HOST")
			if !strings.HasPrefix(got, tc.want) || len(findings) != 1 {
				t.Errorf("Resolve found\n%s, want\n%s", got, tc.want)
			}
		})
	}
}

// TestPlainHTTP: a registry elsewhere is not talked to without TLS unless that is allowed, whatever its address.
func TestPlainHTTP(t *testing.T) {
	host := registry(t, all(t, "web@1.0.0"), nil)
	var plain int
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			http.Error(w, "no TLS here", http.StatusBadGateway)
			return
		}
		plain++
		r.URL.Host, r.RequestURI = host, ""
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	defer proxy.Close()
	for _, address := range []string{"10.1.2.3:5000", "registry.local", "registry.example:5000"} {
		o := options()
		o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
		_, findings := vendor(t, coreOf(t, "web 1.0.0 oci://"+address+"/charts"), o, false)
		if !findings.Failed() || plain > 0 {
			t.Errorf("%s: Resolve found %v after %d requests without TLS", address, findings, plain)
		}
		o.PlainHTTP = true
		if _, findings = vendor(t, coreOf(t, "web 1.0.0 oci://"+address+"/charts"), o, false); findings.Failed() || plain == 0 {
			t.Errorf("%s: Resolve found %v after %d requests without TLS", address, findings, plain)
		}
		plain = 0
	}
}

// TestRegistryRedirects: registries keep blobs elsewhere, and elsewhere is not sent the registry's credentials.
func TestRegistryRedirects(t *testing.T) {
	var asked int
	elsewhere := httptest.NewServer(open(t)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = w.Write(packed(t, "web", "1.0.0"))
	})))
	defer elsewhere.Close()
	host := registry(t, all(t, "web@1.0.0"), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch _, p, _ := r.BasicAuth(); {
			case p != password:
				w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
				w.WriteHeader(http.StatusUnauthorized)
			case strings.Contains(r.URL.Path, "/blobs/"):
				http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	o := options()
	o.Registries = []string{filepath.Join(t.TempDir(), "config.json")}
	write(t, o.Registries[0], `{"auths": {"`+host+`": {"auth": "`+base64.StdEncoding.EncodeToString([]byte("me:"+password))+`"}}}`)
	if _, findings := vendor(t, coreOf(t, "web 1.0.0 oci://"+host+"/charts"), o, false); len(findings) > 0 || asked != 1 {
		t.Errorf("Resolve found %v, elsewhere was asked %d times", findings, asked)
	}
}
