{{/* Labels of the Job and its Pods. There is no managed-by: .Release.Service would say Helm. */}}
{{- define "task.labels" -}}
app.kubernetes.io/name: {{ required "name: the task's name is needed" .Values.name | quote }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: task
app.kubernetes.io/part-of: {{ .Release.Namespace }}
{{- end -}}

{{/* The image's reference. The digest says what runs, so it stands in place of the tag. */}}
{{- define "task.image" -}}
{{ required "image.repository: a task needs an image" .repository }}
{{- if .digest }}@{{ .digest }}
{{- else if .tag }}:{{ .tag }}
{{- end }}
{{- end -}}
