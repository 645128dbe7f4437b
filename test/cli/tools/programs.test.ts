import assert from "node:assert/strict";

import { findProgram, needsShell, ownEnvironment, type System } from "../../../cli/tools/programs";

const system = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv, files: readonly string[]): System => ({
    platform,
    env,
    isFile: (path) => files.includes(path),
});

const kubectl = "C:\\Program Files\\kubectl\\kubectl.exe";

describe("A program on the PATH", () => {
    for (const [title, name, found, given] of [
        ["of Linux", "kubectl", "/usr/bin/kubectl", system("linux", { PATH: "/bin:/usr/bin" }, ["/usr/bin/kubectl"])],
        [
            "of macOS, in the first folder that has it",
            "git",
            "/opt/homebrew/bin/git",
            system("darwin", { PATH: "/opt/homebrew/bin:/usr/bin" }, ["/usr/bin/git", "/opt/homebrew/bin/git"]),
        ],
        ["with an empty folder", "git", "/bin/git", system("linux", { PATH: ":/bin::" }, ["git", "/bin/git"])],
        [
            "with a space and other letters",
            "git",
            "/Users/Zoë Müller/bin/git",
            system("darwin", { PATH: "/Users/Zoë Müller/bin" }, ["/Users/Zoë Müller/bin/git"]),
        ],
        [
            "of Windows, between semicolons and with a suffix",
            "kubectl",
            kubectl,
            system("win32", { PATH: "C:\\Windows;C:\\Program Files\\kubectl", PATHEXT: ".COM;.EXE;.CMD" }, [kubectl]),
        ],
        ["of Windows, as Path", "kubectl", kubectl, system("win32", { Path: "C:\\Program Files\\kubectl" }, [kubectl])],
        [
            "of Windows, in quotes",
            "kubectl",
            kubectl,
            system("win32", { PATH: '"C:\\Program Files\\kubectl";C:\\Windows' }, [kubectl]),
        ],
        [
            "of Windows, with its suffix given",
            "kubectl.exe",
            kubectl,
            system("win32", { PATH: "C:\\Program Files\\kubectl" }, [kubectl]),
        ],
        [
            "of Windows, as a shim",
            "gh",
            "D:\\shims\\gh.cmd",
            system("win32", { PATH: "C:\\Windows;D:\\shims" }, ["D:\\shims\\gh.cmd"]),
        ],
        [
            "of Windows, not a file without a suffix",
            "pulumi",
            undefined,
            system("win32", { PATH: "C:\\pulumi" }, ["C:\\pulumi\\pulumi"]),
        ],
        ["that does not exist", "kubectl", undefined, system("linux", { PATH: "/bin" }, [])],
        ["without a PATH", "kubectl", undefined, system("linux", {}, ["/bin/kubectl"])],
        [
            "of Linux, between semicolons",
            "git",
            undefined,
            system("linux", { PATH: "/bin;/usr/bin" }, ["/usr/bin/git"]),
        ],
    ] as const) {
        it(`is ${found === undefined ? "not found" : "found"}: ${title}`, () => {
            assert.equal(findProgram(name, given), found);
        });
    }

    it("is found on this system", () => {
        assert.match(findProgram("git") ?? "", /git/);
        assert.equal(findProgram("no-such-program"), undefined);
    });

    it("needs a shell only if it is a shim of Windows", () => {
        assert.equal(needsShell("D:\\shims\\gh.CMD", "win32"), true);
        assert.equal(needsShell("D:\\shims\\gh.exe", "win32"), false);
        assert.equal(needsShell("/bin/gh.cmd", "linux"), false);
        assert.equal(needsShell(undefined, "win32"), false);
    });

    it("is looked for without npm's own folders", () => {
        const npm = ["/p/node_modules/.bin", "/usr/lib/node-gyp-bin/x", "/bin"];
        assert.deepEqual(ownEnvironment({ platform: "linux", env: { PATH: npm.join(":"), A: "b" } }), {
            A: "b",
            PATH: "/bin",
        });
        const windows = "C:\\p\\node_modules\\.bin;C:\\Windows";
        assert.deepEqual(ownEnvironment({ platform: "win32", env: { Path: windows } }), { PATH: "C:\\Windows" });
    });
});
