package vendoring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
)

// keychain are the files that hold credentials of registries, or name the helpers that do.
type keychain []string

// Resolve implements authn.Keychain: the first file that knows the repository or its registry.
func (k keychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	for _, file := range k {
		found, err := lookUp(file, target)
		if err != nil {
			return nil, err
		}
		if found != (types.AuthConfig{}) {
			return authn.FromConfig(authn.AuthConfig{
				Username: found.Username, Password: found.Password, Auth: found.Auth,
				IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken,
			}), nil
		}
	}
	return authn.Anonymous, nil
}

func lookUp(file string, target authn.Resource) (types.AuthConfig, error) {
	var none types.AuthConfig
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("read credentials of registries: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	c, err := config.LoadFromReader(f)
	if err != nil { // it may show what the file holds
		return none, fmt.Errorf("read credentials of registries: %s is no config.json of docker", file)
	}
	keys := []string{target.String(), target.RegistryStr()}
	if strings.HasSuffix(target.RegistryStr(), ".docker.io") {
		keys = append(keys, authn.DefaultAuthKey)
	}
	for _, key := range keys {
		found, err := c.GetAuthConfig(key)
		if err != nil { // what a helper printed is not for others
			return none, fmt.Errorf("read credentials of registries: the helper that %s names failed for %s", file, key)
		}
		if found.ServerAddress = ""; found != none {
			return found, nil
		}
	}
	return none, nil
}
