#!/usr/bin/env node
import { main } from '../dist/bin/levattn.js';

await main(process.argv);
