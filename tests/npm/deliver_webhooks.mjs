// node deliver_webhooks.mjs <address> <github|buildkite|gitlab> <secret> <corpus> [as-sent|recent]
// Delivers payloads to an agent as their senders do: GitHub's examples, signed by Octokit; Buildkite's and GitLab's from
// <corpus>, the folder of the tests' samples. `recent` (the default) moves all times of a payload by whole hours, so
// that none is older than a few days. For each prints `<name> <status> <what was counted>`.
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sign } from '@octokit/webhooks-methods';

const [address, provider, secret, corpus, times = 'recent'] = process.argv.slice(2);

function githubExamples() {
  const events = createRequire(import.meta.url)('@octokit/webhooks-examples');
  return events
    .filter((e) => ['workflow_job', 'workflow_run', 'ping'].includes(e.name))
    .flatMap(({ name, examples }) =>
      examples.map((example, i) => ({ name: `${name}-${i}`, event: name, body: JSON.stringify(example) })),
    );
}

const samples = () =>
  readdirSync(`${corpus}/${provider}`)
    .sort()
    .map((file) => ({ name: file.replace('.json', ''), body: readFileSync(`${corpus}/${provider}/${file}`, 'utf8') }));

const kTime = /\d{4}-\d\d-\d\d[T ]\d\d(?=:\d\d:\d\d)/g;
const instant = (text) => Date.parse(`${text.replace(' ', 'T')}:00:00Z`);

function moved(body) {
  const real = (body.match(kTime) ?? []).map(instant).filter((at) => at > Date.parse('2010-01-01'));
  if (real.length === 0) return body;
  const hour = 3_600_000;
  const by = Math.floor(Date.now() / hour) * hour - 3 * hour - Math.max(...real);
  const move = (text) =>
    instant(text) > Date.parse('2010-01-01')
      ? new Date(instant(text) + by).toISOString().slice(0, 13).replace('T', text[10])
      : text;
  return body.replace(kTime, move);
}

const headers = {
  github: async ({ event, body }) => ({
    'X-GitHub-Event': event,
    'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'X-Hub-Signature-256': await sign(secret, body),
  }),
  buildkite: ({ body }) => {
    const now = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', secret).update(`${now}.${body}`).digest('hex');
    return { 'X-Buildkite-Signature': `timestamp=${now},signature=${signature}` };
  },
  gitlab: () => ({ 'X-Gitlab-Token': secret, 'Idempotency-Key': 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f' }),
};

/// `accepted 1 too_old 2`, without what is 0.
function counted(report) {
  const { rejected = {}, ...rest } = report;
  const { total, ...reasons } = rejected;
  return Object.entries({ ...rest, ...reasons })
    .filter(([, n]) => Number.isInteger(n) && n !== 0)
    .map(([name, n]) => ` ${name} ${n}`)
    .join('');
}

for (const payload of provider === 'github' ? githubExamples() : samples()) {
  if (times === 'recent') payload.body = moved(payload.body);
  const answer = await fetch(`http://${address}/webhooks/${provider}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(await headers[provider](payload)) },
    body: payload.body,
  });
  console.log(`${payload.name} ${answer.status}${counted(await answer.json())}`);
}
