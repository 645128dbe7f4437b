const content = () => require("tsx/cjs/api").require("./components/firstContent/push.ts", `${process.cwd()}/package.json`);

exports.handler = () => ({
    create: (inputs) => content().create(inputs),
    // The repository's people own the content from here on: nothing is ever a difference.
    diff: () => Promise.resolve({ changes: false }),
});
