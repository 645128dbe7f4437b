import { z } from "zod";

/** How Flux reaches GitHub by SSH, if not as GitHub's API says. */
export interface SshSettings {
    /** The host, and the port behind a colon; undefined for those of the clone URLs. */
    readonly host: string | undefined;
    /** The keys of that host, each as `<algorithm> <key>`; undefined for those that the API lists. */
    readonly hostKeys: readonly string[] | undefined;
}

const aHost = "expected a host, or a host and a port, such as ssh.github.com:443";
const someKeys = "expected the host's public keys as ssh-keyscan prints them, one a line";
const algorithms = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/;

export const sshSchema = z.strictObject({
    host: z.string().refine(isHost, aHost).optional(),
    knownHosts: z
        .string()
        .refine(
            (text) => linesOf(text).length > 0 && linesOf(text).every((line) => keyIn(line) !== undefined),
            someKeys,
        )
        .optional(),
});

function isHost(text: string): boolean {
    const match = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::(\d{1,5}))?$/.exec(text);
    return match !== null && match[1] !== "0" && URL.canParse(`ssh://${text}`);
}

export function sshOf({ host, knownHosts }: z.infer<typeof sshSchema>): SshSettings {
    const found = knownHosts === undefined ? undefined : linesOf(knownHosts).map(keyIn);
    return { host, hostKeys: found && [...new Set(found.filter((key) => key !== undefined))] };
}

function linesOf(text: string): readonly string[] {
    return text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * The key in a line of known_hosts or of a server's public key, without the names of hosts and the comment. A line with
 * a marker is refused: a revoked key must not be trusted. https://man.openbsd.org/sshd.8#SSH_KNOWN_HOSTS_FILE_FORMAT
 */
function keyIn(line: string): string | undefined {
    const words = line.split(/\s+/);
    const [algorithm = "", key = ""] = algorithms.test(words[0] ?? "") ? words : words.slice(1);
    return !line.startsWith("@") && algorithms.test(algorithm) && isOf(algorithm, key)
        ? `${algorithm} ${key}`
        : undefined;
}

/** A key begins with the length and the name of its algorithm. https://www.rfc-editor.org/rfc/rfc4253#section-6.6 */
function isOf(algorithm: string, key: string): boolean {
    const bytes = Buffer.from(key, "base64");
    const isComplete = bytes.toString("base64") === key && bytes.length > algorithm.length + 8;
    return isComplete && bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString() === algorithm;
}
