import { githubToken, readConfig } from "../../config";
import { check } from "../../checks";
import { GitHub } from "../../clients/github";
import { startEngine } from "./engine";
import { useStackFile } from "./stack";
import { type Made, stateWith } from "./state";
import type { World } from "./world";

const pathOf = (name: string) => `GET /api/v3/repos/misua/${name}`;
export const apps = pathOf("fluxcd-apps");
export const infrastructure = pathOf("fluxcd-infrastructure");
/** The commit of each branch and tag. */
export const sha = "1".repeat(40);

/** Runs all checks of a stack whose state has what earlier updates made. */
export async function look(set: Record<string, unknown> = {}, made: readonly Made[] = [], stack = "dev") {
    await startEngine(stack, {}, { calls: stateWith(made) });
    useStackFile(`Pulumi.${stack}.yaml`, { "fluxcd:flux": { manifest: "test/fixtures/install.yaml" }, ...set });
    const config = readConfig();
    return check(config, new GitHub(config.github, githubToken()));
}

interface Ruleset {
    readonly name: string;
    readonly target?: string;
    readonly include?: readonly string[];
    readonly rules?: readonly string[];
}

/** Changes the repositories of a world. */
export function repositoriesOf({ answers }: World) {
    const folder = (path: string, names: readonly string[], ref: string) => {
        const entries = names.map((name) => ({ name, type: "file" }));
        answers.set(`${apps}/contents/${path}?ref=${ref}`, entries);
    };
    const file = (path: string, text: string, { repository = apps, ref = "main" } = {}) => {
        const content = Buffer.from(text).toString("base64");
        answers.set(`${repository}/contents/${path}?ref=${ref}`, { type: "file", encoding: "base64", content });
    };
    return {
        folder,
        file,
        change: (fields: object, path = apps) => {
            answers.set(path, { ...(answers.get(path) as object), ...fields });
        },
        empty: (path = apps) => {
            answers.set(`${path}/commits/heads/main`, 409);
        },
        branches: (...names: string[]) => {
            answers.set(
                `${apps}/branches?per_page=100`,
                names.map((name) => ({ name })),
            );
        },
        rulesets: (...all: Ruleset[]) => {
            const listed = all.map(({ name, target = "branch" }, id) => ({ id, name, target, enforcement: "active" }));
            answers.set(`${apps}/rulesets?per_page=100`, listed);
            for (const [id, { include = [], rules = [] }] of all.entries()) {
                answers.set(`${apps}/rulesets/${id}`, {
                    conditions: { ref_name: { include, exclude: [] } },
                    rules: rules.map((type) => ({ type })),
                });
            }
        },
        workflow: (text: string) => {
            folder(".github/workflows", ["ci.yaml"], "main");
            file(".github/workflows/ci.yaml", text);
        },
        /** The folders in the root of the apps repository. */
        root: (...folders: string[]) => {
            const tree = [...folders.map((path) => ({ path, type: "tree" })), { path: "README.md", type: "blob" }];
            answers.set(`${apps}/git/trees/${sha}`, { tree });
        },
        /** All files of a repository, in the folder that Flux applies and elsewhere. */
        content: (files: Readonly<Record<string, string>>, repository = apps) => {
            const tree = Object.keys(files).map((path) => ({ path, type: "blob", mode: "100644" }));
            answers.set(`${repository}/git/trees/${sha}?recursive=1`, { tree, truncated: false });
            for (const [path, text] of Object.entries(files)) {
                file(path, text, { repository, ref: sha });
            }
        },
    };
}
