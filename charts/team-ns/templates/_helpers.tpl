{{/* Labels of what belongs to the namespace rather than to a service. There is no managed-by: .Release.Service would say Helm. */}}
{{- define "team-ns.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: {{ .Release.Namespace }}
otomi.io/team: {{ required "team: the id of the team is needed" .Values.team | quote }}
{{- end -}}

{{/* What selects a service's Pods. Takes {root, service}. */}}
{{- define "team-ns.selector" -}}
app.kubernetes.io/name: {{ .service.name | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{/* Labels of a service's objects. Takes {root, service}. */}}
{{- define "team-ns.serviceLabels" -}}
{{ include "team-ns.selector" . }}
app.kubernetes.io/component: service
app.kubernetes.io/part-of: {{ .root.Release.Namespace }}
otomi.io/team: {{ .root.Values.team | quote }}
{{- end -}}

{{/* An image's reference. The digest says what runs, so it stands in place of the tag. */}}
{{- define "team-ns.image" -}}
{{ .repository }}
{{- if .digest }}@{{ .digest }}
{{- else if .tag }}:{{ .tag }}
{{- end }}
{{- end -}}
