package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// job is what the test takes of a job of GitHub.
type job struct {
	Container struct{ Image, Options string }
	Steps     []struct{ Uses, Run string }
}

// TestJob runs the checking job of the page about CI as GitHub does: in the image and with the options that it names, in a checkout that
// belongs to the runner, each step by itself and with one home.
func TestJob(t *testing.T) {
	program := engine(t)
	check, dir := pageJob(t), t.TempDir()
	if !strings.HasPrefix(check.Container.Image, strings.TrimSuffix(image, "dev")) {
		t.Errorf("the job runs in %q", check.Container.Image)
	}
	prepare := exec.Command("sh", "-ec", `mkdir home; "$0" init workspace --name acme; cd workspace; git init -q -b main; git add -A
		git -c user.name=A -c user.email=a@example.com commit -q -m one; git update-ref refs/remotes/origin/main HEAD
		echo '# changed' >>env/settings.yaml`, rig.Bin("kubectl-otomi"))
	prepare.Dir = dir
	if out, err := prepare.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const runner = 1001
	if err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if err != nil || os.Getuid() != 0 {
			return err
		}
		return os.Lchown(name, runner, runner)
	}); err != nil {
		t.Fatal(err)
	}
	scripts := []string{}
	for _, step := range check.Steps {
		if step.Run != "" {
			scripts = append(scripts, step.Run)
		}
	}
	if len(scripts) < 2 {
		t.Fatalf("the job runs %q: the test does not see all", scripts)
	}
	// What is no step of the page, but what people add to it.
	for _, script := range append(scripts, "git log --format=%s", "git ls-files --error-unmatch otomi.yaml") {
		args := []string{
			"run", "--rm", "--network=none", "--volume=" + dir + ":/github", "--workdir=/github/workspace", "--env=HOME=/github/home",
			"--env=GITHUB_WORKSPACE=/github/workspace", "--env=GITHUB_BASE_REF=main", "--env=GITHUB_STEP_SUMMARY=/github/home/summary",
		}
		args = append(append(args, strings.Fields(check.Container.Options)...), image, "sh", "-ec", script)
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}

// pageJob is the job that checks.
func pageJob(t *testing.T) job {
	t.Helper()
	page, err := os.ReadFile("../../../docs/how-to/use-in-ci.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range rig.Steps(string(page)) {
		var workflow struct{ Jobs map[string]job }
		if err := yaml.Unmarshal([]byte(s.Text), &workflow); err != nil {
			t.Fatalf("%s: %v", s.File, err)
		}
		if check, ok := workflow.Jobs["check"]; ok {
			return check
		}
	}
	t.Fatal("the page has no job that checks")
	return job{}
}
