{{- define "dispatcher.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "dispatcher.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dispatcher.labels" -}}
{{ include "dispatcher.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "dispatcher.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* The file: what the values say, and the doors that the rest of the chart leads to. */ -}}
{{- define "dispatcher.config" -}}
{{- $admin := dict "bindAddr" "0.0.0.0:51902" -}}
{{- if .Values.admin.tokenSecret -}}
{{- $_ := set $admin "tokenFile" "/etc/routr-admin/token" -}}
{{- end -}}
{{- $doors := dict "spec" (dict "bindAddr" "0.0.0.0:51901" "admin" $admin) -}}
{{- with .Values.fleet -}}
{{- if .url -}}
{{- if not $.Values.admin.tokenSecret -}}
{{- fail "fleet.url needs admin.tokenSecret: replicas know each other by the token" -}}
{{- end -}}
{{- $fleet := dict "url" .url "subject" .subject -}}
{{- if .credentialsSecret -}}
{{- $_ := set $fleet "credentials" "/etc/routr-fleet/nats.creds" -}}
{{- end -}}
{{- $_ := set $doors.spec "fleet" $fleet -}}
{{- end -}}
{{- end -}}
{{- mergeOverwrite (deepCopy .Values.config) $doors | toYaml -}}
{{- end -}}
