// node send_spans.mjs <address> <name> <proto|json> <none|gzip> <runs> [--paced] [--lose-answers]
// Sends runs of a pipeline, each a span of its own and nine jobs, through OpenTelemetry's exporter; their ids begin with
// <name>. Job i of all lasts i % 50 + 1 ms. The last run has every odd value that an attribute can have.
// A request has four runs.
//   --paced          a request has one run, and goes with each line of stdin; ends with it
//   --lose-answers   the first answer to each request is lost on its way
// Prints `exported <spans> failed <spans> retries <n>`. Each retry is a line on stderr.
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const [address, name, encoding, compression, runs, ...flags] = process.argv.slice(2);
const kJobs = 9;
const oddValues = {
  'odd.nan': NaN,
  'odd.infinite': -Infinity,
  'odd.big': 1e20,
  'odd.list': ['x', null, 'y'],
  'odd.whole': 3.0,
  'odd.text': 'a\u0000b\ud800c',
};

let retries = 0;
diag.setLogger(
  {
    ...Object.fromEntries(['error', 'warn', 'info', 'debug'].map((level) => [level, () => {}])),
    verbose: (message) => {
      if (!String(message).startsWith('Scheduling export retry')) return;
      ++retries;
      console.error(`retry ${retries}`);
    },
  },
  { logLevel: DiagLogLevel.ALL },
);

/// Passes bytes on to the agent, and loses what every other connection is answered.
async function relay() {
  const [host, port] = address.split(':');
  let connections = 0;
  const server = net.createServer((client) => {
    const agent = net.connect(Number(port), host);
    client.pipe(agent);
    if (++connections % 2) agent.once('data', () => client.resetAndDestroy());
    else agent.pipe(client);
    agent.on('close', () => client.destroy());
    client.on('close', () => agent.destroy());
    for (const socket of [client, agent]) socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `127.0.0.1:${server.address().port}`;
}

const counts = { exported: 0, failed: 0 };
const loses = flags.includes('--lose-answers');
const target = loses ? await relay() : address;
const Exporter = encoding === 'proto' ? ProtoExporter : JsonExporter;
const exporter = new Exporter({
  url: `http://${target}/v1/traces`,
  compression,
  timeoutMillis: 60_000,
  httpAgentOptions: { keepAlive: !loses },
});
const exportSpans = exporter.export.bind(exporter);
exporter.export = (spans, done) =>
  exportSpans(spans, (result) => {
    counts[result.code === 0 ? 'exported' : 'failed'] += spans.length;
    if (result.code !== 0) console.error(String(result.error));
    done(result);
  });
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({
    'vcs.owner.name': 'acme',
    'vcs.repository.name': 'api',
    'vcs.provider.name': 'github',
    'service.name': 'sender',
  }),
  spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: 60_000, scheduledDelayMillis: 600_000 })],
});
const tracer = provider.getTracer('sender');
const base = Math.floor(Date.now() / 1000) - 7200;

function emitRun(run) {
  const odd = run === Number(runs) - 1 ? oddValues : {};
  const pipeline = run === Number(runs) - 1 ? 'odd \ud800 name' : 'ci';
  const at = (ms) => [base + run, ms * 1_000_000];
  const parent = tracer.startSpan(run % 2 ? `RUN ${pipeline}` : '', {
    kind: SpanKind.SERVER,
    startTime: at(0),
    attributes: {
      'cicd.pipeline.name': pipeline,
      'cicd.pipeline.run.id': `${name}-${run}`,
      'cicd.pipeline.result': 'success',
      ...odd,
    },
  });
  for (let i = run * kJobs; i < (run + 1) * kJobs; ++i)
    tracer
      .startSpan(
        `job ${i}`,
        {
          startTime: at(0),
          attributes: {
            'cicd.pipeline.name': pipeline,
            'cicd.pipeline.run.id': `${name}-${run}`,
            'cicd.pipeline.task.name': `job-${i % 3}`,
            'cicd.pipeline.task.run.id': `${name}-${i}`,
            'cicd.pipeline.task.run.result': i % 5 ? 'success' : 'failure',
            'cicd.worker.name': 'worker',
            ...odd,
          },
        },
        trace.setSpan(ROOT_CONTEXT, parent),
      )
      .end(at((i % 50) + 1));
  parent.end(at(60));
}

let run = 0;
if (flags.includes('--paced')) {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== '' || run === Number(runs)) throw new Error('expected an empty line for each run');
    emitRun(run++);
    await provider.forceFlush();
  }
} else {
  while (run < Number(runs)) {
    emitRun(run++);
    if (run % 4 === 0) await provider.forceFlush();
  }
}
await provider.shutdown();
console.log(`exported ${counts.exported} failed ${counts.failed} retries ${retries}`);
