import { join } from "node:path";
import type { Server } from "node:net";
import { Command } from "commander";
import { Lab } from "./lab.ts";
import { certificateFor, writeTrust } from "./release/authority.ts";
import { releaseHosts, releaseServer } from "./release/downloads.ts";
import { proxyServer } from "./release/proxy.ts";
import { gitHubServer } from "./server.ts";
import { Store } from "./store.ts";
import { hostKey, sshServer } from "./transport/ssh.ts";

const port = (value: string): number => {
    if (!/^\d+$/.test(value) || Number(value) > 65535) {
        throw new Error(`${value} is not a port`);
    }
    return Number(value);
};

interface Options {
    data: string;
    port: number;
    sshPort: number;
    proxyPort: number;
    token: string;
    login: string;
    releases?: string;
}

const options = new Command()
    .name("lab/github/main.ts")
    .description("Stands in for GitHub on this machine: REST, GraphQL, git over HTTP and SSH, release downloads.")
    .requiredOption("--data <directory>", "where its state is kept")
    .option("--port <port>", "HTTP: API and git; 0 for any free one", port, 0)
    .option("--ssh-port <port>", "git over SSH; 0 for any free one", port, 0)
    .option("--proxy-port <port>", "proxy that answers release downloads; 0 for any free one", port, 0)
    .requiredOption("--token <token>", "the token that administers everything")
    .option("--login <login>", "the user whose token it is", "misua")
    .option("--releases <directory>", "Flux releases: <version>/install.yaml")
    .parse()
    .opts<Options>();

const lab = new Lab(new Store(options.data, options.login), options.token, options.login);
const key = hostKey(join(options.data, "host_key"));
lab.hostKey = key.public;

const http = gitHubServer(lab);
const ssh = sshServer(lab, key.private);
const httpPort = await listen(http, options.port);
const sshPort = await listen(ssh, options.sshPort);
lab.web = `http://127.0.0.1:${httpPort}`;
lab.sshHost = `127.0.0.1:${sshPort}`;

const releases = releaseServer(lab, await certificateFor(releaseHosts, options.data), options.releases);
const proxyPort = await listen(proxyServer(releases), options.proxyPort);

const ca = join(options.data, "ca.pem");
writeTrust(options.data, ca);

const ready = {
    url: lab.web,
    ssh: `ssh://git@${lab.sshHost}`,
    proxy: `http://127.0.0.1:${proxyPort}`,
    ca,
    hostKey: lab.hostKey,
};
process.stdout.write(`${JSON.stringify(ready)}\n`);

for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
        // Every change is on disk before it is answered: there is nothing to wait for.
        process.exit(0);
    });
}

async function listen(server: Server, wanted: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(wanted, "127.0.0.1", resolve);
    });
    return (server.address() as { port: number }).port;
}
