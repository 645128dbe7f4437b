const steps = () => require(`${process.cwd()}/load.cjs`)("uninstall/steps.ts");

exports.handler = () => ({
    create: (inputs) => Promise.resolve({ id: inputs.step, outs: inputs }),
    diff: (_id, olds, news) => {
        const differs = (name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]);
        return Promise.resolve({ changes: Object.keys(news).some(differs) });
    },
    update: (_id, _olds, news) => Promise.resolve({ outs: news }),
    read: (id, state) => steps().read(id, state),
    delete: (_id, state) => steps().take(state),
});
