import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { blocks, documents, inlineCode } from "../support/documents";
import { notPortable } from "./portable";

describe("A command that only GNU's tools take", () => {
    for (const command of [
        "sed -i 's/a/b/' file",
        "sed -Ei 's/a/b/' file",
        "sed --in-place 's/a/b/' file",
        "sed 's/a/b\\nc/' file",
        "sed -i.bak 's|a|&\\nb|' file",
        "sed -r 's/(a)/b/' file",
        "sed 's/a\\+/b/' file",
        "date -d yesterday +%F",
        "date +%s%N",
        "grep -oP '\\d+' file",
        "readlink -f .",
        "base64 -w0 file",
        "git ls-files | xargs -r rm",
        "cp --parents a/b c",
        "cp -a a b",
        "mktemp --tmpdir x.XXXX",
        "f=$(mktemp)",
        "stat -c %s file",
        "find . -printf '%p'",
        "find -name '*.bak'",
        "git tag | sort -V",
        "head -n -1 file",
        "sha256sum file",
        "timeout 5 kubectl get pods",
        "echo -n text | base64",
        "kubectl get pods |& grep x",
    ]) {
        it(`is found: ${command}`, () => {
            assert.equal(notPortable(command).length > 0, true);
        });
    }

    for (const command of [
        "sed -i.bak 's/a/b/g' $(git ls-files --others)",
        "sed -E 's/(a|b)+/c/' file",
        "sed -n -e '$p' file",
        "date -u +%Y-%m-%dT%H:%M:%SZ",
        "grep -E '[0-9]+' file",
        "base64 file | tr -d '\\n'",
        "cp -r a b",
        "find . -name '*.bak' -delete",
        "kubectl get secret x -o jsonpath={.data.token} | base64 -d",
        "kubectl --context dev wait --timeout 5m --for condition=Ready x",
        "d=$(mktemp -d)",
        "npx fluxcd status --stack dev",
        "pulumi stack export --file state.json",
        "git log --date iso",
        "xargs -n 1 echo",
    ]) {
        it(`is not found where there is none: ${command}`, () => {
            assert.deepEqual(notPortable(command), []);
        });
    }
});

describe("Every command that a person runs on Linux or macOS", () => {
    const own = [...documents, ...globSync("scaffold/**/*.md").sort()];
    for (const file of own.filter((name) => !/^(lab|docs\/(decisions|benchmarks))\//.test(name))) {
        it(`runs on both: ${file}`, () => {
            const shell = blocks(file).filter(({ language }) => ["sh", "bash", "shell"].includes(language));
            const lines = [...shell.flatMap(({ text }) => text.split("\n")), ...inlineCode(file)];
            assert.deepEqual(lines.flatMap(notPortable), []);
        });
    }

    it("runs on both: the fix of each message", () => {
        const files = globSync("{domain,config,clients,explain,uninstall,promotion,checks,components,cli}/**/*.ts");
        const commands = files.flatMap((file) =>
            readFileSync(file, "utf8")
                .split("\n")
                .filter((line) => /\b(fix|export|renew)\w*\b.*["`]/.test(line)),
        );
        assert.ok(commands.length > 50);
        assert.deepEqual(commands.flatMap(notPortable), []);
    });
});
