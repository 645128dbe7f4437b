import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

/** A public key of an algorithm, with its length as SSH has it. */
function keyOf(algorithm: string): string {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(algorithm.length);
    return Buffer.concat([length, Buffer.from(algorithm), Buffer.alloc(36, 7)]).toString("base64");
}

const ed25519 = `ssh-ed25519 ${keyOf("ssh-ed25519")}`;
const rsa = `ssh-rsa ${keyOf("ssh-rsa")}`;
const ecdsa = `ecdsa-sha2-nistp256 ${keyOf("ecdsa-sha2-nistp256")}`;

describe("fluxcd:ssh", () => {
    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("dev");
    });

    const sshOf = (ssh: object) => {
        useStackFile("Pulumi.dev.yaml", { "fluxcd:ssh": ssh });
        return readConfig().ssh;
    };

    it("is what GitHub's API says by default", () => {
        useStackFile("Pulumi.dev.yaml");
        assert.deepEqual(readConfig().ssh, { host: undefined, hostKeys: undefined });
    });

    for (const host of [
        "ssh.github.com:443",
        "github.example.com",
        "github.example.com:2222",
        "10.0.0.1",
        "[fd00::1]:22",
    ]) {
        it(`takes the host ${host}`, () => {
            assert.equal(sshOf({ host }).host, host);
        });
    }

    for (const host of [
        "",
        "ssh://ssh.github.com:443",
        "git@github.com",
        "github.com/misua",
        "h:0",
        "h:65536",
        "h:port",
        "a b",
    ]) {
        it(`refuses the host ${JSON.stringify(host)}`, () => {
            assert.throws(() => sshOf({ host }), refusal("fluxcd:ssh.host", "such as ssh.github.com:443"));
        });
    }

    for (const [what, knownHosts, expected] of [
        ["as ssh-keyscan prints them", `# h:22 SSH-2.0\nh ${ed25519}\nh ${rsa}\nh ${ecdsa}\n`, [ed25519, rsa, ecdsa]],
        ["of a host with a port", `[h]:2222 ${ed25519}\n`, [ed25519]],
        ["of hosts that are hashed", `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8w= ${ed25519}`, [ed25519]],
        ["with several names and a comment", `h,10.0.0.1 ${ed25519} root@h`, [ed25519]],
        ["as the server's own file has them", `${ed25519} root@h`, [ed25519]],
        ["as GitHub's API lists them", `${ed25519}\n${rsa}`, [ed25519, rsa]],
        ["with the line ends of Windows", `h ${ed25519}\r\nh ${rsa}\r\n`, [ed25519, rsa]],
        ["twice", `a ${ed25519}\nb ${ed25519}\n`, [ed25519]],
    ] as const) {
        it(`takes keys ${what}`, () => {
            assert.deepEqual(sshOf({ knownHosts }).hostKeys, expected);
        });
    }

    for (const [what, knownHosts] of [
        ["nothing", ""],
        ["only comments", "# h:22 SSH-2.0\n"],
        ["a fingerprint", "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"],
        ["a key cut short", `h ${ed25519.slice(0, 30)}`],
        ["a key of another algorithm", `h ssh-rsa ${keyOf("ssh-ed25519")}`],
        ["a revoked key", `@revoked h ${ed25519}`],
        ["an authority", `@cert-authority *.h ${ed25519}`],
        ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"],
        ["a page of errors", `h ${ed25519}\ngetaddrinfo h: Name or service not known`],
    ] as const) {
        it(`refuses ${what} as knownHosts`, () => {
            assert.throws(() => sshOf({ knownHosts }), refusal("fluxcd:ssh.knownHosts", "as ssh-keyscan prints them"));
        });
    }

    it("is refused with an unknown key, and the error lists the known keys", () => {
        assert.throws(() => sshOf({ port: 443 }), refusal("fluxcd:ssh.port", "expected one of host, knownHosts"));
    });
});
