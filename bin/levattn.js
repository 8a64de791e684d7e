#!/usr/bin/env node
import module from 'node:module';

// Node 22.8 and later keep what they have compiled for the next run. What is imported before this line is not kept.
module.enableCompileCache?.();
const { main } = await import('../dist/bin/levattn.js');
await main(process.argv);
