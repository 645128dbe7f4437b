interface Order {
    /** The names, each after those it depends on; incomplete if there is a cycle. */
    readonly order: readonly string[];
    /** The names along a cycle, the first one again at the end; empty if there is no cycle. */
    readonly cycle: readonly string[];
}

/** Sorts names by their dependencies. A dependency that is not itself a key of `dependsOn` needs no order. */
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
