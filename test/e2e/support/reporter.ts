import { basename } from "node:path";

import Mocha from "mocha";

import { tookLine } from "../took";

/** Mocha's own report, and after each spec how long it took, with what it prepared. */
export default class Reporter extends Mocha.reporters.Spec {
    public constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const { EVENT_RUN_END, EVENT_SUITE_BEGIN } = Mocha.Runner.constants;
        let current: { readonly spec: string; readonly start: number } | undefined;
        const end = () => {
            if (current !== undefined) {
                process.stdout.write(`${tookLine(current.spec, (performance.now() - current.start) / 1000)}\n`);
            }
        };
        runner.on(EVENT_SUITE_BEGIN, ({ file, parent }) => {
            const spec = basename(file ?? "", ".test.ts");
            if (parent?.root && spec !== current?.spec) {
                end();
                current = { spec, start: performance.now() };
            }
        });
        runner.once(EVENT_RUN_END, end);
    }
}
