import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface Certificate {
    key: string;
    cert: string;
}

const years = 10;

/** Signs for GitHub's hosts, with an authority of its own that is made at the first start and that nobody else trusts. */
export async function certificateFor(hosts: readonly string[], directory: string): Promise<Certificate> {
    const authority = await authorityIn(directory);
    const { private: key, cert } = await generate([{ name: "commonName", value: hosts[0] ?? "" }], {
        keyType: "ec",
        algorithm: "sha256",
        notAfterDate: inYears(),
        extensions: [
            { name: "basicConstraints", cA: false },
            { name: "extKeyUsage", serverAuth: true },
            { name: "subjectAltName", altNames: hosts.map((value) => ({ type: 2 as const, value })) },
        ],
        ca: authority,
    });
    return { key, cert };
}

async function authorityIn(directory: string): Promise<Certificate> {
    const keyFile = join(directory, "authority-key.pem");
    const certFile = join(directory, "authority.pem");
    if (!existsSync(certFile) || !existsSync(keyFile)) {
        const made = await generate([{ name: "commonName", value: "fluxcd lab" }], {
            keyType: "ec",
            algorithm: "sha256",
            notAfterDate: inYears(),
            extensions: [
                { name: "basicConstraints", cA: true, critical: true },
                { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
            ],
        });
        writeFileSync(keyFile, made.private, { mode: 0o600 });
        writeFileSync(certFile, made.cert);
    }
    return { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
}

/** What a program behind the proxy has to trust: this authority, and whatever it was told to trust before. */
export function writeTrust(directory: string, file: string): void {
    const before = process.env.NODE_EXTRA_CA_CERTS ?? "";
    const known = before !== "" && existsSync(before) ? readFileSync(before, "utf8") : "";
    writeFileSync(file, `${readFileSync(join(directory, "authority.pem"), "utf8").trimEnd()}\n${known}`);
}

function inYears(): Date {
    return new Date(Date.now() + years * 365 * 24 * 3600_000);
}
