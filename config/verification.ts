import semver from "semver";
import { z } from "zod";

import type { Problem } from "../domain/problem";
import type { Ref } from "../domain/release";

/** https://fluxcd.io/flux/components/source/gitrepositories/#verification */
export const verifySchema = z.strictObject({
    mode: z.enum(["HEAD", "Tag", "TagAndHEAD"]),
    keys: z.array(z.string()).min(1, "expected at least one public key: without one, no signature is valid"),
});

/** The signatures that Flux requires of a source, and the public keys of the signers. */
export type Verify = z.infer<typeof verifySchema>;

type KeyKind = "PGP" | "SSH";

const sshFrom = "2.9.0";
const sshAlgorithms = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/** Whether a mode requires a signature of the tag. */
export function verifiesTag(mode: Verify["mode"]): boolean {
    return mode !== "HEAD";
}

/** Returns the problems with `<key>.verify` that can be found offline. Never shows a key: it may be a private one. */
export function verifyProblems(
    key: string,
    verify: Verify | undefined,
    ref: Ref,
    { stack, fluxVersion }: { stack: string; fluxVersion: string },
): Problem[] {
    if (!verify) {
        return [];
    }
    const { mode, keys } = verify;
    const noTag: Problem = {
        key: `${key}.verify.mode`,
        value: mode,
        expected:
            "branch" in ref
                ? "a branch has no tag to verify; expected HEAD, the latest commit of the branch"
                : "a commit has no tag to verify; expected HEAD, the commit itself",
        fix: `pulumi config set --stack ${stack} --path '${key}.verify.mode' HEAD`,
    };
    return [
        ...(hasTag(ref) || !verifiesTag(mode) ? [] : [noTag]),
        ...keys.flatMap((text, index) => {
            const problem = keyProblem(text, fluxVersion);
            return problem ? [{ key: `${key}.verify.keys[${index}]`, ...problem }] : [];
        }),
    ];
}

/** The kind of a public key; undefined if it is not one. */
export function keyKind(text: string): KeyKind | undefined {
    return isSshKey(text.trim()) ? "SSH" : isPgpKey(text.trim()) ? "PGP" : undefined;
}

function hasTag(ref: Ref): boolean {
    return "tag" in ref || "semver" in ref;
}

function keyProblem(text: string, fluxVersion: string): Omit<Problem, "key"> | undefined {
    if (text.includes("PRIVATE KEY")) {
        return {
            expected:
                "this is a private key, and anyone who reads the stack file can sign with it; expected the public key",
            fix: "remove it from the stack file, never use it again, and create a new one: ssh-keygen -t ed25519",
        };
    }
    const kind = keyKind(text);
    if (kind === undefined) {
        return {
            expected:
                "expected one public key: an SSH key on one line, such as ssh-ed25519 AAAA..., or an armored PGP key",
            fix: "cat <file>.pub   (or gpg --armor --export <key id>)",
        };
    }
    if (kind === "SSH" && semver.lt(fluxVersion, sshFrom)) {
        return {
            expected: `Flux ${fluxVersion} verifies only PGP signatures; SSH signatures need v${sshFrom} or later`,
            fix: "gpg --armor --export <key id>   (or raise fluxcd:fluxVersion)",
        };
    }
    return undefined;
}

/**
 * Checks for `<algorithm> <base64> [comment]`. The decoded bytes must name the same algorithm and have consistent
 * lengths.
 */
function isSshKey(text: string): boolean {
    const [, algorithm = "", encoded = ""] = /^(\S+) ([A-Za-z0-9+/]+={0,2})( [^\n]*)?$/.exec(text) ?? [];
    if (!sshAlgorithms.includes(algorithm)) {
        return false;
    }
    const fields: Buffer[] = [];
    for (let rest = Buffer.from(encoded, "base64"); rest.length > 0;) {
        const end = rest.length < 4 ? Infinity : 4 + rest.readUInt32BE();
        if (end > rest.length) {
            return false;
        }
        fields.push(rest.subarray(4, end));
        rest = rest.subarray(end);
    }
    return fields.length > 1 && fields[0]?.toString() === algorithm;
}

/** The first packet of a public key has type 6: https://www.rfc-editor.org/rfc/rfc9580#section-5 */
function isPgpKey(text: string): boolean {
    const armor =
        /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n(?:[^\n]+: [^\n]*\n)*\n([A-Za-z0-9+/=\n]+)\n-----END PGP PUBLIC KEY BLOCK-----$/;
    const encoded = armor.exec(text.replaceAll(/[^\S\n]+$/gm, ""))?.[1]?.replace(/\n=[A-Za-z0-9+/]{4}$/, "") ?? "";
    const [header = 0] = Buffer.from(encoded, "base64");
    return (header & 0xc0) === 0xc0 ? (header & 0x3f) === 6 : (header & 0xfc) >> 2 === 0x26;
}
