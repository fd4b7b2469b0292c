// Package state is what is kept on disk of each cluster: one folder below a root, holding a record, a lock, keys, the
// data of etcd and logs. In go a root and a name, out come folders, records and locks. It starts and ends nothing.
package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// Statuses of a cluster. Dead is never written: it is what a record means whose processes are gone.
const (
	Starting = "starting"
	Running  = "running"
	Failed   = "failed"
	Dead     = "dead"
)

// Record is what a cluster says of itself.
type Record struct {
	Name    string    `json:"name"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason,omitempty"` // why it failed
	Version string    `json:"version,omitempty"`
	Nodes   int       `json:"nodes"`
	Server  string    `json:"server,omitempty"`
	Group   int       `json:"group"` // process group of the supervisor and of all components
	Started time.Time `json:"started"`
}

const recordName = "cluster.json"

// Dir is the folder of one cluster.
type Dir struct {
	Name, Path string
}

// Find names the folder of a cluster, which need not exist.
func Find(root, name string) (Dir, error) {
	if !regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`).MatchString(name) {
		return Dir{}, fmt.Errorf("find cluster %q: a name is at most 40 lower case letters, digits and dashes", name)
	}
	path, err := filepath.Abs(root)
	if err != nil {
		return Dir{}, fmt.Errorf("find cluster %q: %w", name, err)
	}
	return Dir{Name: name, Path: filepath.Join(path, name)}, nil
}

// All lists the clusters below root by name.
func All(root string) ([]Dir, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list clusters: %w", err)
	}
	var dirs []Dir
	for _, entry := range entries {
		if dir, err := Find(root, entry.Name()); err == nil && dir.Exists() {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// File is the path of something in the folder.
func (d Dir) File(elem ...string) string {
	return filepath.Join(append([]string{d.Path}, elem...)...)
}

// Kubeconfig is the path of the administrator's kubeconfig.
func (d Dir) Kubeconfig() string { return d.File("kubeconfig") }

// Log is the path of a process' log.
func (d Dir) Log(process string) string { return d.File("logs", process+".log") }

// Exists tells whether this is a cluster's folder.
func (d Dir) Exists() bool {
	_, err := os.Stat(d.File(lockName))
	return err == nil
}

// Record reads the record, with status Dead when the processes it speaks of are gone.
func (d Dir) Record() (Record, error) {
	record := Record{Name: d.Name, Status: Starting}
	alive, err := d.Locked()
	if err != nil {
		return record, err
	}
	data, err := os.ReadFile(d.File(recordName))
	switch {
	case err == nil:
		if err := json.Unmarshal(data, &record); err != nil {
			return record, fmt.Errorf("read record of cluster %s: %w", d.Name, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return record, fmt.Errorf("read record of cluster %s: %w", d.Name, err)
	}
	if !alive && record.Status != Failed {
		record.Status = Dead
	}
	return record, nil
}

// Write replaces the record in one step, so that readers never see half of it.
func (d Dir) Write(record Record) error {
	data, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return fmt.Errorf("encode record of cluster %s: %w", d.Name, err)
	}
	next := d.File(recordName + ".new")
	if err := os.WriteFile(next, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write record of cluster %s: %w", d.Name, err)
	}
	if err := os.Rename(next, d.File(recordName)); err != nil {
		return fmt.Errorf("write record of cluster %s: %w", d.Name, err)
	}
	return nil
}
