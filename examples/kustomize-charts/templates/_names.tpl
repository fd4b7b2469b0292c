{{- define "namespace" }}team-{{ . }}{{ end }}
