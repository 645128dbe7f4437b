// Loads a TypeScript file of this project with all its imports. Each run bundles the sources again, so the code is
// never stale. Decision 027 has the reasons.
const Module = require("node:module");
const { dirname, join } = require("node:path");

// The same as in package.json. An older Node.js would fail later, and without words.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 21)) {
    console.error(
        `Node.js ${process.versions.node} is too old: expected 22.21 or newer, from https://nodejs.org/en/download`,
    );
    process.exit(1);
}

// Without the cache, Node would compile Pulumi's SDK and this program again in each run.
Module.enableCompileCache(join(__dirname, "node_modules", ".cache", "node"));

const maps = new Map();
const modules = new Map();

function load(entry) {
    const filename = join(__dirname, entry.replace(/\.ts$/, ".js"));
    // A destroy loads this file once for each step, in the same process.
    if (modules.has(filename)) {
        return modules.get(filename).exports;
    }
    const { outputFiles } = bundler().buildSync({
        absWorkingDir: __dirname,
        entryPoints: [entry],
        outfile: filename,
        bundle: true,
        packages: "external",
        platform: "node",
        target: "node22",
        sourcemap: "external",
        sourcesContent: false,
        write: false,
        logLevel: "silent",
    });
    const [map, code] = outputFiles.map(({ text }) => text);
    maps.set(filename, () => new Module.SourceMap(JSON.parse(map)));
    Error.prepareStackTrace = stack;
    const module = new Module(filename);
    module.filename = filename;
    module.paths = Module._nodeModulePaths(__dirname);
    modules.set(filename, module);
    module._compile(code, filename);
    return module.exports;
}

function bundler() {
    try {
        return require("esbuild");
    } catch {
        console.error("The packages of this project are not installed. Run: npm ci");
        process.exit(1);
    }
}

/**
 * Maps a stack trace to the lines of the sources. Pulumi captures one for each of its promises, to find leaks if asked
 * to. Those belong to errors without a message, and mapping their frames would take a tenth of a preview's time.
 * https://github.com/pulumi/pulumi/blob/v3.276.0/sdk/nodejs/runtime/debuggable.ts
 */
function stack(error, frames) {
    const looksUp = error.message !== "" || Error.stackTraceLimit === Infinity;
    return [`${error}`, ...frames.map((frame) => `    at ${looksUp ? inSource(frame) : frame}`)].join("\n");
}

function inSource(frame) {
    const filename = frame.getFileName();
    let map = maps.get(filename);
    if (typeof map === "function") {
        map = map();
        maps.set(filename, map);
    }
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
    const { originalSource, originalLine, originalColumn } = map?.findEntry(line - 1, column - 1) ?? {};
    if (originalSource === undefined) {
        return `${frame}`;
    }
    const source = join(dirname(filename), originalSource);
    return `${frame}`.replace(`${filename}:${line}:${column}`, `${source}:${originalLine + 1}:${originalColumn + 1}`);
}

module.exports = load;

// node load.cjs cli/main.ts [argument...]
if (require.main === module) {
    process.argv.splice(1, 1);
    load(process.argv[1]);
}
