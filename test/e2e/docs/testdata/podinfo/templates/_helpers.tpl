{{- define "podinfo.labels" -}}
app.kubernetes.io/name: podinfo
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
