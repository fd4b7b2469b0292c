package main

// platform is what a program runs on.
type platform struct{ os, arch string }

// platforms are those that there is an archive for.
func platforms() []platform {
	var all []platform
	for _, os := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			all = append(all, platform{os, arch})
		}
	}
	return all
}

func (p platform) String() string { return p.os + "/" + p.arch }

// program is the name of the plugin's executable.
func (p platform) program() string {
	if p.os == "windows" {
		return plugin + ".exe"
	}
	return plugin
}

// completion is the file that kubectl runs when it completes the plugin's commands.
func (p platform) completion() string {
	const name = "kubectl-otomi/completion/kubectl_complete-otomi"
	if p.os == "windows" {
		return name + ".cmd"
	}
	return name
}

// format is the ending of the archive.
func (p platform) format() string {
	if p.os == "windows" {
		return ".zip"
	}
	return ".tar.gz"
}
