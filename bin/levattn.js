#!/usr/bin/env node
// An import would load more of Node than this needs: `builtinsOnDemand` of src/bundle.js.
const { existsSync } = process.getBuiltinModule('node:fs');
const { enableCompileCache } = process.getBuiltinModule('node:module');

const built = new URL('../dist/bin/levattn.js', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write('levattn: this clone is not built: run `npm ci`, or `npm run build` if it has its packages\n');
  process.exit(1);
}
// Node 22.8 and later keep what they have compiled for the next run. What is imported before this line is not kept.
enableCompileCache?.();
const { main } = await import(built.href);
await main(process.argv);
