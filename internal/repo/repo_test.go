package repo_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/repo"
)

const head = "apiVersion: otomi.io/v1alpha1\nkind: ValuesRepo\nmetadata: {name: acme}\n"

func files(names ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, n := range names {
		fsys[n] = &fstest.MapFile{Data: []byte("a: 1\n")}
	}
	return fsys
}

func load(t *testing.T, fsys fstest.MapFS, text string) *repo.Repo {
	t.Helper()
	fsys[repo.FileName] = &fstest.MapFile{Data: []byte(text)}
	r, findings := repo.Load(fsys, "here")
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return r
}

func TestConvention(t *testing.T) {
	fsys := files("env/b.yaml", "env/a.yaml", "env/secrets.a.yaml", "env/.hidden.yaml", "env/apps/web.yaml", "env/teams/blue.yaml", "env/teams/secrets.blue.yaml",
		"env/stages/dev/x.yaml", "env/stages/prod/x.yaml", "env/clouds/aws/x.yaml", "env/clouds/aws/eu/x.yaml", "env/clouds/aws/us/x.yaml", "env/notes.txt", "env/stray/x.yaml")
	r := load(t, fsys, head+"spec:\n  clusters: [{name: eu, cloud: aws, labels: {stage: prod}}, {name: us, cloud: aws}, {name: lab}]\n")
	for cluster, want := range map[int][]string{
		0: {"env/a.yaml", "env/b.yaml", "env/secrets.a.yaml", "env/apps/web.yaml", "env/teams/blue.yaml", "env/teams/secrets.blue.yaml", "env/stages/prod/x.yaml", "env/clouds/aws/x.yaml", "env/clouds/aws/eu/x.yaml"},
		1: {"env/a.yaml", "env/b.yaml", "env/secrets.a.yaml", "env/apps/web.yaml", "env/teams/blue.yaml", "env/teams/secrets.blue.yaml", "env/clouds/aws/x.yaml", "env/clouds/aws/us/x.yaml"},
		2: {"env/a.yaml", "env/b.yaml", "env/secrets.a.yaml", "env/apps/web.yaml", "env/teams/blue.yaml", "env/teams/secrets.blue.yaml"},
	} {
		got, findings := r.Files(fsys, &r.Clusters[cluster])
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		var names []string
		for _, f := range got {
			names = append(names, f.Path)
			if f.Secret != strings.Contains(f.Path, "secrets.") {
				t.Errorf("%s: secret = %v", f.Path, f.Secret)
			}
			if strings.HasPrefix(f.Path, "env/teams/") && !slices.Equal(f.Only, []string{"teams", "blue"}) {
				t.Errorf("%s may set only %v, want teams.blue", f.Path, f.Only)
			}
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("cluster %d (-want +got):\n%s", cluster, diff)
		}
	}
	var unread []string
	for _, f := range r.Unread(fsys) {
		unread = append(unread, f.Rule+" "+f.At.File)
	}
	if diff := cmp.Diff([]string{"unread-file env/stages/dev/x.yaml", "unread-file env/stray/x.yaml"}, unread); diff != "" {
		t.Errorf("Unread (-want +got):\n%s", diff)
	}
}

func TestWrittenLayers(t *testing.T) {
	fsys := files("base.yaml", "deep/a/x.yaml", "deep/a/b/y.yaml", "deep/z.yaml", "teams/blue.one.yaml")
	r := load(t, fsys, head+`spec:
  clusters: [{name: eu}]
  layers:
    - base.yaml
    - "deep/**/*.yaml"
    - {files: teams/*.yaml, only: "teams.{file}.x"}
    - nothing/*.yaml
`)
	got, _ := r.Files(fsys, &r.Clusters[0])
	var names []string
	for _, f := range got {
		names = append(names, f.Path)
	}
	if diff := cmp.Diff([]string{"base.yaml", "deep/a/b/y.yaml", "deep/a/x.yaml", "deep/z.yaml", "teams/blue.one.yaml"}, names); diff != "" {
		t.Errorf("Files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"teams", "blue.one", "x"}, got[4].Only); diff != "" {
		t.Errorf("Only (-want +got):\n%s", diff)
	}
	if f := r.Unread(fsys); len(f) != 1 || f[0].String() != "otomi.yaml:10:7: nothing/*.yaml matches no file for any cluster" {
		t.Errorf("Unread = %v", f)
	}
}

func TestChoose(t *testing.T) {
	r := load(t, files(), head+"spec:\n  clusters: [{name: eu-1, contexts: [one]}, {name: eu-2, contexts: [two]}, {name: us}]\n")
	for name, c := range map[string]struct {
		choice repo.Choice
		want   []string
	}{
		"named":   {repo.Choice{Names: []string{"us"}}, []string{"us"}},
		"glob":    {repo.Choice{Names: []string{"eu-*"}}, []string{"eu-1", "eu-2"}},
		"all":     {repo.Choice{All: true}, []string{"eu-1", "eu-2", "us"}},
		"context": {repo.Choice{Current: "two"}, []string{"eu-2"}},
		"twice":   {repo.Choice{Names: []string{"us", "u*"}}, []string{"us"}},
	} {
		got, findings := r.Choose(c.choice)
		var names []string
		for _, x := range got {
			names = append(names, x.Name)
		}
		if diff := cmp.Diff(c.want, names); diff != "" || len(findings) > 0 {
			t.Errorf("%s: %v (-want +got):\n%s", name, findings, diff)
		}
	}
	for want, choice := range map[string]repo.Choice{
		`otomi.yaml:5:3: no cluster is called "eu-3" (did you mean "eu-1"? clusters: eu-1, eu-2, us)`:         {Names: []string{"eu-3"}},
		`otomi.yaml:5:3: there are 3 clusters: eu-1, eu-2, us (choose with --cluster NAME or --all-clusters)`: {Current: "other"},
	} {
		if _, findings := r.Choose(choice); findings.Error() != want {
			t.Errorf("Choose = %v\nwant     %s", findings, want)
		}
	}
}

func TestBadRepo(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "otomi.yaml: the file is empty",
		"kind: Pod\n":                      "otomi.yaml:1:1: this is no apiVersion Pod, not otomi.io/v1alpha1 ValuesRepo",
		head + "spec: {}\n":                "otomi.yaml:1:1: spec.clusters lists no cluster",
		head + "spec:\n  clusers: []\n":    `otomi.yaml:5:3: spec.clusers: unknown field "clusers" (did you mean "clusters"?)`,
		head + "spec:\n  clusters: [{}]\n": "otomi.yaml:5:14: spec.clusters[0].name: the value is missing",
		head + "spec:\n  clusters: [{name: A_b}]\n":                               `otomi.yaml:5:21: spec.clusters[0].name: "A_b" is no name: want lower-case letters, digits and '-', at most 63`,
		head + "spec:\n  clusters: [{name: a}, {name: a}]\n":                      `otomi.yaml:5:32: two clusters are called "a"`,
		head + "spec:\n  clusters: [{name: a}]\n  layers: [\"x/{stage}.yaml\"]\n": "otomi.yaml:6:12: no cluster has {stage} (a placeholder is {cloud}, {cluster} or a label of a cluster)",
		head + "spec:\n  clusters: [{name: a}]\n  layers: [../x.yaml]\n":          `otomi.yaml:6:12: "../x.yaml" is no path below otomi.yaml`,
	} {
		fsys := files()
		fsys[repo.FileName] = &fstest.MapFile{Data: []byte(text)}
		_, findings := repo.Load(fsys, "here")
		if !strings.Contains(findings.Error(), want) {
			t.Errorf("Load = %v\nwant   %s", findings, want)
		}
	}
	if _, findings := repo.Load(files(), "here"); findings.Error() != "there is no otomi.yaml in here (run it in a values repo, or name one with -C DIR; kubectl otomi init starts one)" {
		t.Errorf("Load without otomi.yaml = %v", findings)
	}
	r := load(t, files(), head+"spec:\n  requires: \">=0.4 <0.6\"\n  clusters: [{name: a}]\n  layers: [gone.yaml]\n")
	if _, findings := r.Files(files(), &r.Clusters[0]); findings.Error() != "otomi.yaml:7:12: the layer gone.yaml does not exist" {
		t.Errorf("Files = %v", findings)
	}
	for version, fails := range map[string]bool{"v0.4.2": false, "0.6.0": true, "v0.0.0-2026-abc": false, "dev": false} {
		if f := r.CheckVersion(version); f.Failed() != fails {
			t.Errorf("CheckVersion(%s) = %v", version, f)
		}
	}
}
