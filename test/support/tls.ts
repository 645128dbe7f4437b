import { generate } from "selfsigned";

/** A certificate and its key, in PEM. */
export interface Certificate {
    readonly cert: string;
    readonly key: string;
}

/** An authority and another one, a server of `names`, and two clients, signed by the first. */
export async function certificates(names: readonly string[]) {
    const [authority, stranger] = await Promise.all([issue("authority", ofAuthority), issue("stranger", ofAuthority)]);
    const altNames = [{ type: 7, ip: "127.0.0.1" } as const, ...names.map((value) => ({ type: 2, value }) as const)];
    const server = await issue("test-server", [{ name: "subjectAltName", altNames }], authority);
    const client = await issue("client-of-the-file", [{ name: "extKeyUsage", clientAuth: true }], authority);
    const other = await issue("client-of-the-plugin", [{ name: "extKeyUsage", clientAuth: true }], authority);
    return { authority, stranger, server, client, other };
}

const ofAuthority: Extensions = [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
];

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>["extensions"]>;

async function issue(commonName: string, extensions: Extensions, ca?: Certificate): Promise<Certificate> {
    const attributes = [{ name: "commonName", value: commonName }];
    const signed = ca && { ca: { key: ca.key, cert: ca.cert } };
    const { cert, private: key } = await generate(attributes, { algorithm: "sha256", extensions, ...signed });
    return { cert, key };
}
