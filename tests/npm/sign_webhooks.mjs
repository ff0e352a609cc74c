// node sign_webhooks.mjs <folder>
// Writes every example of a workflow_job, workflow_run or ping event as <folder>/<event>-<number>.json, and beside it the
// signature that GitHub would send with it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sign } from '@octokit/webhooks-methods';

const [folder] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const events = require('@octokit/webhooks-examples');

mkdirSync(folder, { recursive: true });
for (const { name, examples } of events.filter((e) => ['workflow_job', 'workflow_run', 'ping'].includes(e.name)))
  for (const [number, example] of examples.entries()) {
    const body = JSON.stringify(example);
    writeFileSync(`${folder}/${name}-${number}.json`, body);
    writeFileSync(`${folder}/${name}-${number}.signature`, await sign('the secret', body));
  }
