import type { Problem } from "../domain/problem";

/**
 * The key that decrypts SOPS files: `age` identities from the stack's config, or a cloud KMS that
 * kustomize-controller's account can use.
 */
export type DecryptionMode = "age" | "kms";

const key = "fluxcd:sopsAgeKey";

// The format of age-keygen's output, also with -pq. https://github.com/FiloSottile/age
const ageIdentity = /^AGE-SECRET-KEY-(1[02-9AC-HJ-NP-Z]{58}|PQ-1[02-9AC-HJ-NP-Z]{58,})$/;

interface Decrypted {
    readonly decryption?: DecryptionMode | undefined;
}

interface Keys {
    readonly kustomizations: Readonly<Record<string, Decrypted>>;
    readonly sopsAgeKey: string;
}

interface Where {
    readonly stack: string;
    /** The full keys of the settings that are encrypted in the stack file. */
    readonly secrets: readonly string[];
    /** Whether secret values are available: yes in `pulumi up`, no in the CLI commands. */
    readonly decrypted: boolean;
}

/** Returns the problems with the age identities. Never shows an identity. */
export function decryptionProblems(keys: Keys, { stack, secrets, decrypted }: Where): Problem[] {
    const { sopsAgeKey } = keys;
    const given = sopsAgeKey !== "" || secrets.includes(key);
    const fix = `age-keygen | pulumi config set --stack ${stack} --secret ${key}`;
    if (!given) {
        const needed = Object.entries(keys.kustomizations)
            .filter(([, { decryption }]) => decryption === "age")
            .map(([name]) => name);
        const expected = `is missing: decryption of ${needed.join(" and ")} is age, which needs this key`;
        return needed.length > 0 ? [{ key, expected, fix }] : [];
    }
    if (!secrets.includes(key)) {
        const expected = "is in the stack file as plain text: expected a secret";
        return [{ key, expected, fix: `${fix}   (a new one: this one is exposed)` }];
    }
    if (decrypted && !hasIdentitiesOnly(sopsAgeKey)) {
        const expected = "expected the age identities that age-keygen prints, one per line: AGE-SECRET-KEY-1...";
        return [{ key, expected, fix }];
    }
    return [];
}

function hasIdentitiesOnly(text: string): boolean {
    const lines = text.split("\n").map((line) => line.trim());
    const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
    return identities.length > 0 && identities.every((line) => ageIdentity.test(line));
}
