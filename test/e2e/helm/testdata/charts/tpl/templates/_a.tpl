{{- define "tpl.fullname" -}}{{ .Release.Name | trunc 63 | trimSuffix "-" }}-{{ .Chart.Name }}{{- end -}}
{{- define "tpl.recursive" -}}{{ if gt (int .n) 0 }}{{ .n }} {{ include "tpl.recursive" (dict "n" (sub .n 1)) }}{{ end }}{{- end -}}
{{- define "tpl.object" -}}
a: 1
b: [x]
{{- end -}}
