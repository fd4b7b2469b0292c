package supervisor

import (
	"encoding/json"
	"os"
)

// message is what a supervisor tells its launcher: one JSON object per line.
type message struct {
	Step  string `json:"step,omitempty"`
	Ready bool   `json:"ready,omitempty"`
	Error string `json:"error,omitempty"`
}

// reporter writes messages. A launcher that is gone does not matter here: awaitLauncher notices.
type reporter struct {
	file *os.File
	json *json.Encoder
}

func newReporter(file *os.File) *reporter {
	return &reporter{file: file, json: json.NewEncoder(file)}
}

func (r *reporter) step(what string) { _ = r.json.Encode(message{Step: what}) }
func (r *reporter) ready()           { _ = r.json.Encode(message{Ready: true}) }
func (r *reporter) fail(err error)   { _ = r.json.Encode(message{Error: err.Error()}) }
func (r *reporter) close()           { _ = r.file.Close() }
