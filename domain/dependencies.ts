interface Order {
    /** The names, each after those it depends on, as far as there is such an order. */
    readonly order: readonly string[];
    /** The names along a cycle, the first again at the end; empty where there is none. */
    readonly cycle: readonly string[];
}

/** The order in which things can come, each given with those it depends on. What is not given itself is there already. */
export function inOrder(dependsOn: ReadonlyMap<string, readonly string[]>): Order {
    const done = new Set<string>();
    const way = new Set<string>();
    const visit = (name: string): string[] => {
        const others = dependsOn.get(name);
        if (!others || done.has(name)) {
            return [];
        }
        if (way.has(name)) {
            const names = [...way];
            return [...names.slice(names.indexOf(name)), name];
        }
        way.add(name);
        for (const other of others) {
            const cycle = visit(other);
            if (cycle.length > 0) {
                return cycle;
            }
        }
        way.delete(name);
        done.add(name);
        return [];
    };
    for (const name of dependsOn.keys()) {
        const cycle = visit(name);
        if (cycle.length > 0) {
            return { order: [...done], cycle };
        }
    }
    return { order: [...done], cycle: [] };
}
