const deployment = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: uninstall
spec:
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: pause
          image: registry.k8s.io/pause:3.10
`;

/** A Helm chart in the repository itself. */
export const chart = {
    "uninstall/chart/Chart.yaml": "apiVersion: v2\nname: released\nversion: 1.0.0\n",
    "uninstall/chart/templates/deployment.yaml": deployment("released"),
};

/** What a nested Kustomization applies. A repository without an answer is never ready, and nothing waits for it there. */
export const nested = {
    "uninstall/nested/deployment.yaml": deployment("nested"),
    "uninstall/nested/charts.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: charts
  namespace: uninstall
spec:
  url: https://charts.example.com
  interval: 1h
  suspend: true
`,
};

/** Objects of Flux's that a repository holds; the nested Kustomization prunes what it applied when it is deleted. */
export const fluxObjects = `apiVersion: v1
kind: Namespace
metadata:
  name: uninstall
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: released
  namespace: uninstall
spec:
  interval: 1h
  chart:
    spec:
      chart: ./uninstall/chart
      sourceRef:
        kind: GitRepository
        name: infrastructure
        namespace: flux-system
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: nested
  namespace: flux-system
spec:
  interval: 1h
  retryInterval: 5s
  path: ./uninstall/nested
  prune: true
  sourceRef:
    kind: GitRepository
    name: infrastructure
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata:
  name: chat
  namespace: uninstall
spec:
  type: generic
  address: http://127.0.0.1:1/
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata:
  name: chat
  namespace: uninstall
spec:
  providerRef:
    name: chat
  eventSources:
    - kind: HelmRelease
      name: "*"
`;
