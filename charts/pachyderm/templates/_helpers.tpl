{{- define "pachyderm.labels" -}}
app: {{ .part }}
suite: pachyderm
release: {{ .root.Release.Name }}
{{- end }}
{{- define "pachyderm.app" }}
apiVersion: apps/v1
kind: {{ .kind }}
metadata:
  name: {{ .part }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "pachyderm.labels" . | nindent 4 }}
spec:
  replicas: {{ .replicas | default 1 }}
  selector:
    matchLabels: {{- include "pachyderm.labels" . | nindent 6 }}
  {{- if .storage }}
  serviceName: {{ .part }}-headless
  volumeClaimTemplates:
    - metadata:
        name: {{ .part }}-storage
        labels: {{- include "pachyderm.labels" . | nindent 10 }}
      spec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: {{ .storage }}}}
        {{- if .class }}
        storageClassName: {{ .class }}
        {{- end }}
  {{- end }}
  template:
    metadata:
      labels: {{- include "pachyderm.labels" . | nindent 8 }}
    spec:
      {{- if .account }}
      serviceAccountName: {{ .account }}
      {{- end }}
      containers:
        - name: {{ .part }}
          image: {{ .image }}
          resources: {{- .resources | default dict | toYaml | nindent 12 }}
          {{- if .environment }}
          envFrom: [{secretRef: {name: {{ .environment }}}}]
          {{- end }}
{{- end }}
