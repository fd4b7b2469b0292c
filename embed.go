// Package otomi embeds the default core: what of this repository does not change per installation.
// Everything else lives in folders of its own; see ARCHITECTURE.md.
package otomi

import "embed"

// Core holds platform/, charts/ and policies/ of this repository, files that begin with `_` or `.` included.
//
//go:embed all:platform all:charts all:policies
var Core embed.FS
