import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { succeed } from "./run";
import { scratch } from "./stack";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicaCount }}
  selector:
    matchLabels: { app: {{ .Release.Name }} }
  template:
    metadata:
      labels: { app: {{ .Release.Name }} }
    spec:
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: pause
          image: registry.k8s.io/pause:3.10
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`;

export interface Charts {
    readonly url: string;
    close(): void;
}

/** A Helm repository on this machine: an index, and one chart of that name and version. */
export async function serveChart(name: string, version: string): Promise<Charts> {
    const directory = mkdtempSync(join(scratch, "charts-"));
    mkdirSync(join(directory, name, "templates"), { recursive: true });
    writeFileSync(join(directory, name, "Chart.yaml"), `apiVersion: v2\nname: ${name}\nversion: ${version}\n`);
    writeFileSync(join(directory, name, "values.yaml"), "replicaCount: 1\n");
    writeFileSync(join(directory, name, "templates", "deployment.yaml"), deployment);
    const archive = `${name}-${version}.tgz`;
    await succeed("tar", ["-czf", archive, name], { cwd: directory });
    const index = `apiVersion: v1\nentries:\n  ${name}:\n    - apiVersion: v2\n      name: ${name}\n      version: ${version}\n      urls: [${archive}]\n`;
    writeFileSync(join(directory, "index.yaml"), index);
    const server = createServer(({ url = "" }, response) => {
        const file = url.slice(1);
        const found = file === archive || file === "index.yaml";
        response.writeHead(found ? 200 : 404);
        response.end(found ? readFileSync(join(directory, file)) : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
        url: `http://127.0.0.1:${port}`,
        close: () => {
            server.closeAllConnections();
            server.close();
        },
    };
}
