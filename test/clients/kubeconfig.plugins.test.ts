import { areReadAsByKubectl, bearer, plugin, printing, type Servers, startServers } from "../support/kubeconfigs";

describe("A user of a kubeconfig, identified by a plugin,", () => {
    let at: Servers;

    before(async () => {
        at = await startServers();
    });
    after(() => at.close());

    areReadAsByKubectl(() => at, {
        "with a credential plugin that prints a token": () => ({
            files: { a: at.one(plugin({ token: "p-1" })) },
            seen: bearer("p-1"),
        }),
        "with a credential plugin of the beta version, which needs no interactiveMode": () => ({
            files: {
                a: at.one(plugin({ token: "p-2" }, { interactiveMode: null }, "client.authentication.k8s.io/v1beta1")),
            },
            seen: bearer("p-2"),
        }),
        "with a credential plugin that prints a certificate": () => ({
            files: {
                a: at.one(
                    plugin({
                        clientCertificateData: at.tls.other.cert.trim().replaceAll("\r", "").replaceAll("\n", "\\n"),
                        clientKeyData: at.tls.other.key.trim().replaceAll("\r", "").replaceAll("\n", "\\n"),
                    }),
                ),
            },
            seen: { client: "client-of-the-plugin" },
        }),
        "with a credential plugin beside the kubeconfig, with arguments and variables": () => ({
            files: {
                "kube/a": at.one(
                    plugin({}, { command: "./bin/plugin", args: ["first"], env: [{ name: "WHO", value: "me" }] }),
                ),
            },
            others: {
                "kube/bin/plugin": `#!/bin/sh
echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$1-$WHO\\"}}"
`,
            },
            seen: bearer("first-me"),
        }),
        "with a credential plugin that is told the cluster": () => ({
            files: {
                a: at.one(
                    printing('echo "$KUBERNETES_EXEC_INFO" | grep -o "\\"server\\":\\"[^\\"]*" | cut -c 11-', {
                        provideClusterInfo: true,
                    }),
                    { "tls-server-name": "kube.test" },
                ),
            },
            seen: { ...bearer(`https://127.0.0.1:${at.secure.port}`), servername: "kube.test" },
        }),
        "with a credential plugin that is told its own configuration": () => ({
            files: {
                a: at.one(
                    printing('echo "$KUBERNETES_EXEC_INFO" | grep -o "audience\\":\\"[^\\"]*" | cut -c 12-', {
                        provideClusterInfo: true,
                    }),
                    {
                        extensions: [
                            { name: "client.authentication.k8s.io/exec", extension: { audience: "for-flux" } },
                        ],
                    },
                ),
            },
            seen: bearer("for-flux"),
        }),
        "with a credential plugin that is told that nobody is there to ask": () => ({
            files: {
                a: at.one(
                    printing('echo "$KUBERNETES_EXEC_INFO" | grep -o "interactive\\":[a-z]*" | cut -c 14-', {
                        interactiveMode: "IfAvailable",
                    }),
                ),
            },
            seen: bearer("false"),
        }),
        "with a credential plugin and a token, which wins": () => ({
            files: { a: at.one({ ...plugin({ token: "p-3" }), token: "t-12" }) },
            seen: bearer("t-12"),
        }),
    });
});
