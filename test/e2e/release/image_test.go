package release

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

const image = "ghcr.io/otomi/kubectl-otomi:dev"

// engine is a docker or podman that answers and has the image; in CI there has to be one.
func engine(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"docker", "podman"} {
		if exec.Command(program, "image", "inspect", image).Run() == nil {
			return program
		}
	}
	why := "no docker or podman has " + image + ": start one and run make images"
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip("SKIPPED, NOT TESTED: " + why)
	return ""
}

// TestImage runs what CI systems run in the image of the plugin, without a network and as users that they choose.
func TestImage(t *testing.T) {
	program := engine(t)
	for _, c := range []struct{ name, user, script, want string }{
		{"plugin", "", "kubectl otomi version --client", `^client    v`},
		{"kubectl", "", "kubectl version --client", `^Client Version: v1\.`},
		{"nobody", "", "id -u; id -un", "^65534\nnobody\n$"},
		{"work", "12345", "cd /tmp && kubectl otomi init --bare platform >/dev/null 2>&1 && cd platform && kubectl otomi validate --all-clusters && echo valid", `valid\n$`},
		{"git", "12345", "cd $HOME && git init -q a && git -C a -c user.name=a -c user.email=b commit -q --allow-empty -m first && git clone -q a b && git -C b log --format=%s", `^first\n$`},
		// Whatever they need to be loaded is there: they get as far as the network, which is not.
		{"https", "", "git ls-remote https://127.0.0.1/a", `Failed to connect to 127\.0\.0\.1`},
		{"ssh", "", "git ls-remote ssh://127.0.0.1/a", `connect to host 127\.0\.0\.1 port 22: Connection refused`},
		// What the Node of GitHub's actions is linked with, of any version; it runs in the container.
		{"node", "", "for l in libatomic.so.1 libc.so.6 libdl.so.2 libgcc_s.so.1 libm.so.6 libpthread.so.0 libstdc++.so.6; do ls /lib/*/$l /usr/lib/*/$l 2>/dev/null | grep . >/dev/null || echo no $l; done; echo done", `^done\n$`},
		{"certificates", "", "grep -c BEGIN /etc/ssl/certs/ca-certificates.crt", `^\d{3}\n$`},
		{"packages", "", "ls /var/lib/dpkg/status.d/git /usr/share/doc/git/copyright", `copyright`},
		{"env", "", `printf '#!/usr/bin/env sh\necho ran\n' >/tmp/a && chmod +x /tmp/a && /tmp/a && ls /usr/share/doc/kubectl-otomi`, `^ran\nLICENSE\n$`},
		{"links", "", `for l in /bin/* /lib/*/*.so* /lib64/* /usr/lib/*/lib*.so*; do [ -e "$l" ] || echo "$l"; done; echo done`, `^done\n$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"run", "--rm", "--network=none"}
			if c.user != "" {
				args = append(args, "--user="+c.user)
			}
			// What ends with an error says it, and that is compared.
			out, _ := exec.Command(program, append(args, image, "sh", "-c", c.script)...).CombinedOutput()
			if !regexp.MustCompile(c.want).MatchString(string(out)) {
				t.Errorf("%s prints:\n%s\nwant %s", c.script, out, c.want)
			}
		})
	}
	out, err := exec.Command(program, "run", "--rm", "--network=none", image).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "Turn a values repo into a running platform.") {
		t.Errorf("%v: by itself it prints:\n%s", err, out)
	}
}
