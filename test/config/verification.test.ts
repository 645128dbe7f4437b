import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { keyKind } from "../../config/verification";
import { startEngine } from "../support/engine";
import { otherSshKeys, pgpKey, sshKey } from "../support/publicKeys";
import { useStackFile } from "../support/stack";

const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n";

describe("A key that verifies signatures", () => {
    for (const key of [sshKey, ...otherSshKeys, `${sshKey}\n`, sshKey.replace(/ \S+$/, "")]) {
        it(`is recognized as an SSH key: ${JSON.stringify(`${key.slice(0, 12)} ... ${key.slice(-20)}`)}`, () => {
            assert.equal(keyKind(key), "SSH");
        });
    }

    for (const [what, key] of [
        ["", pgpKey],
        [" with Windows' line ends", pgpKey.replaceAll("\n", "\r\n")],
        [" with a comment", pgpKey.replace("\n", "\nComment: release\n")],
        [" without a checksum", pgpKey.replace(/\n=\w{4}\n/, "\n")],
    ] as const) {
        it(`is recognized as a PGP key${what}`, () => {
            assert.equal(keyKind(key), "PGP");
        });
    }

    for (const [what, key] of [
        ["an SSH key that is cut short", sshKey.slice(0, 70)],
        ["an SSH key of another algorithm than its name", sshKey.replace("ssh-ed25519", "ssh-rsa")],
        ["a TLS public key", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----"],
        ["two SSH keys", `${sshKey}\n${sshKey}`],
        ["an armored PGP key without its end", pgpKey.slice(0, -20)],
        ["a PGP signature in the armor of a key", pgpKey.replace(/mDME/, "iHUE")],
        ["empty", ""],
    ] as const) {
        it(`cannot be ${what}`, () => {
            assert.equal(keyKind(key), undefined);
        });
    }
});

describe("A private key in the settings", () => {
    beforeEach(() => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
    });

    for (const [what, apps] of [
        ["as one of the keys", { branch: "main", verify: { mode: "HEAD", keys: [privateKey] } }],
        ["in place of the list of keys", { branch: "main", verify: { mode: "HEAD", keys: privateKey } }],
        ["under an unknown key", { branch: "main", verify: { mode: "HEAD", keys: [sshKey], key: privateKey } }],
        ["if the branch is missing", { verify: { mode: "HEAD", keys: [privateKey] } }],
    ] as const) {
        it(`is refused without being shown: ${what}`, async () => {
            await startEngine("dev");
            useStackFile("Pulumi.dev.yaml", { "fluxcd:sources": { infrastructure: { branch: "main" }, apps } });
            assert.throws(readConfig, ({ message }: Error) => {
                assert.match(message, /fluxcd:sources\.apps/);
                assert.doesNotMatch(message, /b3BlbnNzaC1rZXk/);
                return true;
            });
        });
    }
});
