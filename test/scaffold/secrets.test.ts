import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { cloneOf, type ScaffoldClone } from "../support/scaffoldClone";

const overlay = "apps/overlays/dev";
const file = `${overlay}/secret.yaml`;
const encrypted = (value: string) => `ENC[AES256_GCM,data:${value},iv:Zm9vYmFy,tag:YmF6cXV4,type:str]`;
const metadata = `sops:
    age:
        - recipient: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
          enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBUZXN0
            -----END AGE ENCRYPTED FILE-----
    lastmodified: "2026-08-01T09:00:00Z"
    mac: ${encrypted("bWFj")}
    encrypted_regex: ^(data|stringData)$
    version: 3.11.0
`;
const secret = (values: string, more = "", kind = "Secret") =>
    `apiVersion: v1\nkind: ${kind}\nmetadata:\n    name: login\n    namespace: podinfo\n${values}${more}`;

describe("validate.sh looks at each Secret", function () {
    this.timeout(120_000);
    let clone: ScaffoldClone;

    beforeEach(() => {
        clone = cloneOf("fluxcd-apps");
        for (const name of ["staging", "production"]) {
            rmSync(join(clone.folder, "apps/overlays", name), { recursive: true });
        }
        clone.write(`${overlay}/kustomization.yaml`, "resources: [secret.yaml]\n");
    });

    it("with one script in both repositories", () => {
        for (const script of ["validate.sh", "plain-secrets.sh"]) {
            const [one, other] = ["fluxcd-apps", "fluxcd-infrastructure"].map((repository) =>
                readFileSync(`scaffold/${repository}/scripts/${script}`, "utf8"),
            );
            assert.equal(one, other);
        }
    });

    const accepted: readonly (readonly [string, string])[] = [
        ["that SOPS encrypted", secret(`stringData:\n    password: ${encrypted("Kd8=")}\n`, metadata)],
        [
            "with an encrypted comment and a value that is empty",
            secret(`data:\n    #${encrypted("Yw==")}\n    password: ${encrypted("Kd8=")}\n    none: ""\n`, metadata),
        ],
        ["without values, which a controller fills in", secret("type: kubernetes.io/service-account-token\n")],
        ["with an empty map of values", secret("data: {}\n")],
    ];
    for (const [what, text] of accepted) {
        it(`and accepts one ${what}`, () => {
            clone.write(file, text);
            const { code, output } = clone.validate();
            assert.equal(code, 0, output);
            assert.doesNotMatch(output, /plain text/);
        });
    }

    const refused: readonly (readonly [string, string, string])[] = [
        ["in plain text", "password", secret("stringData:\n    password: correct-horse\n")],
        ["that is only encoded", "password", secret("data:\n    password: Y29ycmVjdC1ob3JzZQ==\n")],
        [
            "whose encryption left out a value",
            "user",
            secret(`stringData:\n    password: ${encrypted("Kd8=")}\n    user: admin\n`, metadata),
        ],
        ["whose value has several lines", "key", secret("stringData:\n    key: |\n        one\n        two\n")],
        ["without the metadata of SOPS", "password", secret(`stringData:\n    password: ${encrypted("Kd8=")}\n`)],
    ];
    for (const [what, key, text] of refused) {
        it(`and refuses one ${what}, with its file, its key and the fix`, () => {
            clone.write(file, text);
            const { code, output } = clone.validate();
            assert.equal(code, 1);
            for (const where of [file, overlay]) {
                assert.ok(output.includes(`${where}: Secret podinfo/login has "${key}" in plain text.\n`), output);
            }
            assert.equal(output.match(/ in plain text\.$/gm)?.length, 2, output);
            assert.ok(
                output.includes(`Secrets in plain text: ${file} ${overlay}. Encrypt each file with: sops encrypt`),
                output,
            );
            assert.match(output, /docs\/secrets\.md/);
            assert.doesNotMatch(output, /correct-horse|admin|Y29y|Every environment is valid/);
        });
    }

    it("and refuses one in a file that no environment lists", () => {
        clone.write(`${overlay}/kustomization.yaml`, "resources: []\n");
        clone.write("notes/old.yml", `# Not in use\n---\n${secret('data: { password: "eA==" }\n')}`);
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, /^notes\/old\.yml: Secret podinfo\/login has "data" in plain text\.$/m);
        assert.match(output, /Secrets in plain text: notes\/old\.yml\. /);
    });

    it("and refuses one that only the build shows: in a list, in a patch, and as JSON", () => {
        const item = { apiVersion: "v1", kind: "Secret", metadata: { name: "login" }, data: { a: "eA==" } };
        clone.write(file, `apiVersion: v1\nkind: List\nitems:\n    - ${JSON.stringify(item)}\n`);
        assert.match(clone.validate().output, /^apps\/overlays\/dev: Secret login has "a" in plain text\.$/m);
        clone.write(`${overlay}/kustomization.yaml`, "resources: [secret.json]\n");
        clone.write(`${overlay}/secret.json`, JSON.stringify({ ...item, stringData: { b: "y" } }));
        assert.match(clone.validate().output, /^apps\/overlays\/dev: Secret login has "b" in plain text\.$/m);
        clone.write(file, secret(`data:\n    password: ${encrypted("Kd8=")}\n`, metadata));
        clone.write(
            `${overlay}/kustomization.yaml`,
            'resources: [secret.yaml]\npatches: [{ target: { kind: Secret }, patch: "[{\\"op\\":\\"add\\",\\"path\\":\\"/data/c\\",\\"value\\":\\"eA==\\"}]" }]\n',
        );
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, /^apps\/overlays\/dev: Secret podinfo\/login has "c" in plain text\.$/m);
    });

    describe("that a secretGenerator makes", () => {
        const generate = (what: string) => {
            clone.write(`${overlay}/kustomization.yaml`, `secretGenerator: [{ name: login, ${what} }]\n`);
        };
        const long = "x".repeat(300);

        it("and refuses literals, and files in plain text", () => {
            generate("literals: [password=correct-horse]");
            const { code, output } = clone.validate();
            assert.equal(code, 1);
            assert.match(output, /^apps\/overlays\/dev: Secret login-\w+ has "password" in plain text\.$/m);
            generate("files: [config.yaml]");
            clone.write(`${overlay}/config.yaml`, `password: ${long}\n`);
            assert.match(
                clone.validate().output,
                /^apps\/overlays\/dev: Secret .* has "config\.yaml" in plain text\.$/m,
            );
        });

        it("and accepts a file and variables that SOPS encrypted, which Flux decrypts", () => {
            generate("files: [config.yaml]");
            clone.write(`${overlay}/config.yaml`, `password: ${encrypted(long)}\n${metadata}`);
            assert.equal(clone.validate().code, 0);
            generate("envs: [login.env]");
            clone.write(
                `${overlay}/login.env`,
                `password=${encrypted("Kd8=")}\nsops_version=3.11.0\nsops_mac=${encrypted("x")}\n`,
            );
            const { code, output } = clone.validate();
            assert.equal(code, 0, output);
        });
    });

    it("and leaves other kinds alone, also with the same word in them", () => {
        clone.write(
            file,
            secret("data:\n    kind: Secret\n    text: |\n        kind: Secret\n        data: x\n", "", "ConfigMap"),
        );
        clone.write(
            "apps/external.yaml",
            secret("spec:\n    data: []\n", "", "SecretStore").replace("v1", "external-secrets.io/v1"),
        );
        const { code, output } = clone.validate();
        assert.equal(code, 0, output);
    });
});
