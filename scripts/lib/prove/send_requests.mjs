// node send_requests.mjs <file with the agent's address> <folder> <clients> <seconds>
// Sends the folder's files as OTLP requests, in order, by so many clients at a time, for so long or until there are no
// more. What is not answered 2xx is sent again until it is; so the files sent are the first ones of the folder. The
// address is read anew for each attempt.
// Prints `requests <n> unanswered <n> refused <n> seconds <n> slowest_ms <n>`: attempts without an answer, and with 503.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const [addressFile, folder, clients, seconds] = process.argv.slice(2);
const files = readdirSync(folder).sort();
const counts = { requests: 0, unanswered: 0, refused: 0 };
let next = 0;
let slowest = 0;
const began = Date.now();
const agents = Array.from({ length: Number(clients) }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));

/// The status; 0 when none came.
function post(agent, body) {
  const [host, port] = readFileSync(addressFile, 'utf8').trim().split(':');
  const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Length': body.length };
  return new Promise((resolve) => {
    const request = http.request({ host, port, method: 'POST', path: '/v1/traces', agent, headers, timeout: 30_000 });
    request.on('response', (answer) => {
      answer.on('error', () => resolve(0));
      answer.on('end', () => resolve(answer.statusCode));
      answer.resume();
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
    request.end(body);
  });
}

async function deliver(agent, body) {
  for (;;) {
    const sent = Date.now();
    const status = await post(agent, body);
    slowest = Math.max(slowest, Date.now() - sent);
    if (status >= 200 && status < 300) return;
    if (status === 0) ++counts.unanswered;
    else if (status === 503) ++counts.refused;
    else throw new Error(`answered ${status}`);
    await pause(50);
  }
}

await Promise.all(
  agents.map(async (agent) => {
    while (next < files.length && Date.now() - began < Number(seconds) * 1000) {
      await deliver(agent, await readFile(`${folder}/${files[next++]}`));
      ++counts.requests;
    }
    agent.destroy();
  }),
);
const report = { ...counts, seconds: Math.round((Date.now() - began) / 1000), slowest_ms: slowest };
console.log(Object.entries(report).flat().join(' '));
