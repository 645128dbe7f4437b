import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { refusal } from "../support/refusal";
import { readConfig } from "../../config";
import { networkLines } from "../../cli/doctor/network";
import { ended } from "../cli/project";
import { startEngine } from "../support/engine";
import { type Certificate, certificateFor, gitBackend, type Served } from "../support/network";
import { proxyServer, type ProxyServer, secureServer } from "../support/network";
import { scratchFolder } from "../support/scratch";
import { useStackFile } from "../support/stack";

/** No name server knows these hosts: only the proxy leads to them. */
const hosts = ["api.github.test", "github.test", "objects.github.test"];

describe("The way out", () => {
    let certificate: Certificate;
    let server: Served;
    let proxy: ProxyServer;
    const repositories = scratchFolder();

    before(async () => {
        certificate = await certificateFor(...hosts);
        const git = gitBackend(repositories);
        server = await secureServer(certificate, (request, response) => {
            if (request.url?.startsWith("/git/") === true) {
                git(request, response);
            } else if (request.url === "/moved") {
                response.writeHead(302, { location: "https://objects.github.test/there" }).end();
            } else {
                response.setHeader("content-type", "application/json");
                response.end(JSON.stringify({ at: `${request.headers.host ?? ""}${request.url ?? ""}` }));
            }
        });
    });

    beforeEach(async () => {
        proxy = await proxyServer(server);
    });

    afterEach(() => {
        proxy.close();
    });

    after(() => {
        server.close();
    });

    /** A process as Pulumi starts it: nothing but the variables of the person. */
    const goes = (way: string, url: string, env: NodeJS.ProcessEnv) => {
        const { PATH, HOME } = process.env;
        const args = ["load.cjs", "test/fixtures/load/goesOut.ts", way, url];
        return ended(args, { env: { PATH, HOME, GITHUB_TOKEN: "ghp_token", ...env } });
    };
    const proxied = () => ({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    const trusting = () => ({ NODE_EXTRA_CA_CERTS: certificate.authority });

    it("is the proxy's for GitHub's API", async () => {
        const { stdout, stderr } = await goes("octokit", "https://github.test/", { ...proxied(), ...trusting() });
        assert.equal(stderr, "");
        assert.deepEqual(JSON.parse(stdout), { at: "github.test/api/v3/meta" });
        assert.deepEqual(proxy.asked, ["CONNECT github.test:443"]);
    });

    it("is the proxy's for Flux's manifest, and for the host that a redirect leads to", async () => {
        const { stdout } = await goes("fetch", "https://github.test/moved", { ...proxied(), ...trusting() });
        assert.deepEqual(JSON.parse(stdout), { at: "objects.github.test/there" });
        assert.deepEqual(proxy.asked, ["CONNECT github.test:443", "CONNECT objects.github.test:443"]);
        await goes("manifest", "https://github.test/install.yaml", { ...proxied(), ...trusting() });
        assert.equal(proxy.asked[2], "CONNECT github.test:443");
    });

    it("is the proxy's for the push of the first content", async () => {
        const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" });
        const bare = join(repositories, "git/apps.git");
        git("init", "--quiet", "--bare", "--initial-branch=main", bare);
        git("-C", bare, "config", "http.receivepack", "true");
        const { stdout, stderr } = await goes("push", "https://github.test/git/apps.git", {
            ...proxied(),
            ...trusting(),
        });
        assert.equal(stderr, "");
        assert.equal(git("-C", bare, "rev-parse", "main").trim(), stdout);
        assert.ok(git("-C", bare, "ls-tree", "-r", "--name-only", "main").includes("overlays/production"));
        assert.ok(proxy.asked.length > 0 && proxy.asked.every((it) => it === "CONNECT github.test:443"));
        const again = await goes("push", "https://github.test/git/apps.git", { ...proxied(), ...trusting() });
        assert.equal(again.stdout, stdout);
    });

    for (const [variable, scheme] of [
        ["HTTPS_PROXY", ""],
        ["https_proxy", "http://"],
        ["ALL_PROXY", "http://"],
        ["all_proxy", ""],
    ] as const) {
        it(`is in ${variable} ${scheme === "" ? "without" : "with"} a scheme`, async () => {
            const env = { [variable]: `${scheme}127.0.0.1:${proxy.port}`, ...trusting() };
            assert.equal((await goes("fetch", "https://github.test/", env)).code, 0);
            assert.equal(proxy.asked.length, 1);
        });
    }

    it("is in HTTP_PROXY for a server without TLS", async () => {
        const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
        assert.equal((await goes("fetch", "http://github.test/one", env)).stdout, "by the proxy");
        assert.deepEqual(proxy.asked, ["GET http://github.test/one"]);
    });

    it("does not depend on NODE_USE_ENV_PROXY, and its rules are those of Go with it too", async () => {
        const env = { ...proxied(), ...trusting(), NODE_USE_ENV_PROXY: "1" };
        const { stdout } = await goes("fetch", `https://localhost:${server.port}/`, env);
        assert.equal(stdout, "");
        assert.deepEqual(proxy.asked, []);
        assert.equal((await goes("fetch", "https://github.test/", env)).code, 0);
    });

    it("is direct for a host in NO_PROXY", async () => {
        const env = { ...proxied(), ...trusting(), NO_PROXY: ".example.com, .test" };
        const { code, stderr } = await goes("octokit", "https://github.test/", env);
        assert.equal(code, 1);
        assert.match(stderr, /finds no address for github\.test/);
        assert.deepEqual(proxy.asked, []);
    });

    it("passes the user and the password to the proxy, and shows neither", async () => {
        const guarded = await proxyServer(server, { password: "p#1" });
        const env = (user: string) => ({ HTTPS_PROXY: `http://${user}127.0.0.1:${guarded.port}`, ...trusting() });
        try {
            assert.equal((await goes("fetch", "https://github.test/", env("user:p%231@"))).code, 0);
            for (const user of ["", "user:wrong@"]) {
                const { stdout } = await goes("manifest", "https://github.test/install.yaml", env(user));
                assert.match(stdout, /asks for a user and a password \(407\)/);
                assert.ok(!stdout.includes("wrong"));
            }
        } finally {
            guarded.close();
        }
    });

    it("is explained if the proxy refuses the host, or is not there", async () => {
        const refusing = await proxyServer(server, { refuses: 403 });
        const at = (port: number) =>
            goes("manifest", "https://github.test/install.yaml", { HTTPS_PROXY: `http://127.0.0.1:${port}` });
        assert.match((await at(refusing.port)).stdout, /does not connect to github\.test: ask for this host there/);
        refusing.close();
        assert.match((await at(refusing.port)).stdout, /does not reach github\.test through the proxy 127\.0\.0\.1/);
    });

    it("trusts an authority of the system, as Go and git do, without a variable of Node's own", async () => {
        const env = { ...proxied(), SSL_CERT_FILE: certificate.authority };
        const { stdout, stderr } = await goes("octokit", "https://github.test/", env);
        assert.equal(stderr, "");
        assert.deepEqual(JSON.parse(stdout), { at: "github.test/api/v3/meta" });
    });

    for (const way of ["octokit", "push", "manifest"]) {
        it(`is explained if an authority is not trusted: ${way}`, async () => {
            const { stdout, stderr } = await goes(way, "https://github.test/git/none.git", proxied());
            assert.match(stdout + stderr, /authority that this machine does not trust has signed .* of github\.test/);
            assert.match(stdout + stderr, /docs\/network\.md/);
        });
    }

    it("is refused by the program if a proxy is not an address, without its password", async () => {
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml");
        process.env.GITHUB_TOKEN = "token-of-the-test";
        process.env.https_proxy = "http://user:sec#ret@proxy:3128";
        try {
            assert.throws(
                () => readConfig(),
                (error: Error) => {
                    refusal("https_proxy", "is not the address of a proxy")(error);
                    assert.ok(!error.message.includes("ret@"), error.message);
                    return true;
                },
            );
        } finally {
            delete process.env.https_proxy;
        }
    });
});

describe("fluxcd doctor on the way out", () => {
    for (const [env, expected] of [
        [{}, []],
        [{ HTTPS_PROXY: "http://user:secret@proxy:3128" }, ["ok HTTPS_PROXY"]],
        [{ HTTPS_PROXY: "http://pro xy" }, ["failed HTTPS_PROXY"]],
        [{ ALL_PROXY: "http://user:secret@proxy:3128" }, ["warning ALL_PROXY"]],
        [{ HTTPS_PROXY: "http://proxy:1", NO_PROXY: "github.com" }, []],
        [{ NODE_EXTRA_CA_CERTS: "/none/ca.pem" }, ["failed NODE_EXTRA_CA_CERTS"]],
        [{ SSL_CERT_FILE: "/none/ca.pem", NODE_EXTRA_CA_CERTS: "package.json" }, ["failed SSL_CERT_FILE"]],
    ] as const) {
        it(`says ${expected.join(" and ") || "nothing"} with ${JSON.stringify(env)}`, () => {
            const found = networkLines(env);
            assert.deepEqual(
                found.map(({ state, about }) => `${state} ${about}`),
                expected,
            );
            assert.ok(!JSON.stringify(found).includes("secret"));
        });
    }
});
