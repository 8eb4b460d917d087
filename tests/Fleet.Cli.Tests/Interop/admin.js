// Drives the whole admin API with the official JavaScript client and prints what it saw as one JSON object.
// Usage: node admin.js HOST:PORT PROTO_FOLDER STANDARD_PROTO_FOLDER CA CERT KEY
'use strict';

const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const [address, protos, standard, ca, cert, key] = process.argv.slice(2);
const definition = loader.loadSync('fleet/v1/admin.proto', { keepCase: true, enums: String, defaults: true, includeDirs: [protos] });
const { AdminService } = grpc.loadPackageDefinition(definition).fleet.v1;
const credentials = grpc.credentials.createSsl(fs.readFileSync(ca), fs.readFileSync(key), fs.readFileSync(cert));
const admin = new AdminService(address, credentials);
const called = new Set();

const root = new protobuf.Root();
root.resolvePath = (origin, target) => [protos, standard].map((folder) => path.join(folder, target)).find(fs.existsSync) ?? target;
root.loadSync(['fleet/v1/insight.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'], { keepCase: true });

function refusal(error) {
  const seen = { code: grpc.status[error.code] };
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  for (const detail of bytes ? root.lookupType('google.rpc.Status').decode(bytes).details : []) {
    const name = detail.type_url.split('/').pop();
    const message = root.lookupType(name).decode(detail.value);
    if (name === 'fleet.v1.Violations') seen.violations = message.violations.map((v) => [v.field, v.value, v.legal]);
    if (name === 'google.rpc.BadRequest') seen.fields = message.field_violations.map((v) => v.field);
  }
  return seen;
}

function call(name, request) {
  called.add(name);
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 30000;
    admin[name](request, { deadline }, (error, reply) => (error ? reject(error) : resolve(reply)));
  });
}

function watch(request) {
  called.add('Watch');
  return new Promise((resolve, reject) => {
    const stream = admin.Watch(request);
    let seen = null;
    stream.on('data', (snapshot) => { seen ??= snapshot; stream.cancel(); });
    stream.on('error', (error) => (seen ? resolve(seen) : reject(error)));
    stream.on('end', () => resolve(seen));
  });
}

const refused = (name, request) => call(name, request).then(() => ({ code: 'OK' }), refusal);
const spec = (id, port, latency = 500) => ({ pool_id: id, listen: `127.0.0.1:${port}`, sla: { latency_us: latency } });

async function pools(seen) {
  const first = await call('CreatePool', { spec: spec('web', 1), request_id: 'r1' });
  const again = await call('CreatePool', { spec: spec('web', 1), request_id: 'r1' });
  seen.repeated = JSON.stringify(first) === JSON.stringify(again);
  seen.reused = await refused('CreatePool', { spec: spec('api', 2), request_id: 'r1' });
  await call('CreatePool', { spec: spec('api', 2) });
  const page = await call('ListPools', { page_size: 1 });
  const rest = await call('ListPools', { page_size: 1, page_token: page.next_page_token });
  seen.pages = [...page.pools, ...rest.pools].map((p) => p.spec.pool_id).concat(rest.next_page_token);
  seen.updated = (await call('UpdatePool', { spec: spec('web', 1, 200), resource_version: '1' })).resource_version;
  seen.stale = await refused('UpdatePool', { spec: spec('web', 1, 200), resource_version: '1' });
  seen.invalid = await refused('UpdatePool', { spec: spec('web', 1, 0) });
  seen.paused = (await call('PausePool', { pool_id: 'web' })).spec.paused;
  seen.resumed = (await call('ResumePool', { pool_id: 'web' })).spec.paused;
  seen.latency = (await call('GetPool', { pool_id: 'web' })).spec.sla.latency_us;
}

async function nodes(seen) {
  for (const i of [1, 2]) await call('AddNode', { spec: { pool_id: 'web', node_id: `n${i}`, address: `127.0.0.1:${i}` } });
  const node = { pool_id: 'web', node_id: 'n1' };
  seen.weight = (await call('UpdateNode', { spec: { ...node, address: '127.0.0.1:1', weight: 50 } })).spec.weight;
  seen.cordoned = (await call('CordonNode', node)).spec.cordoned;
  seen.uncordoned = (await call('UncordonNode', node)).spec.cordoned;
  seen.nodePaused = (await call('PauseNode', node)).spec.paused;
  seen.nodeResumed = (await call('ResumeNode', node)).spec.paused;
  seen.drained = (await call('DrainNode', node)).spec.drained;
  seen.last = await refused('RemoveNode', { pool_id: 'web', node_id: 'n2' });
  seen.version = (await call('GetNode', node)).resource_version;
  seen.nodes = (await call('ListNodes', { pool_id: 'web' })).nodes.map((n) => n.spec.node_id);
}

async function questions(seen) {
  const snapshot = await watch({ interval_ms: 100 });
  seen.watched = snapshot.pools.map((p) => p.spec.pool_id);
  seen.resumeToken = snapshot.resume_token.length > 0;
  seen.decisions = (await call('ListDecisions', { pool_id: 'web' })).decisions.length;
  seen.explained = (await call('Explain', { pool_id: 'web', node_id: 'n1' })).reason;
  const plan = await call('Plan', { pool_id: 'web', remove_nodes: ['n2'] });
  seen.planned = Object.fromEntries(plan.nodes.map((n) => [n.node_id, n.membership]));
  seen.killed = (await call('SetKillSwitch', { on: true, reason: 'drill' })).on;
  seen.halted = (await call('GetPool', { pool_id: 'web' })).status.halted;
  await call('SetKillSwitch', { on: false });
  seen.killSwitch = (await call('GetKillSwitch', {})).on;
}

async function main() {
  const seen = {};
  await pools(seen);
  await nodes(seen);
  await call('AddProxy', { spec: { proxy_id: 'p1', control: 'unix:/nowhere.sock' } });
  seen.proxy = (await call('GetProxy', { proxy_id: 'p1' })).spec.control;
  seen.proxies = (await call('ListProxies', {})).proxies.length;
  await call('RemoveProxy', { proxy_id: 'p1' });
  await questions(seen);
  await call('RemoveNode', { pool_id: 'web', node_id: 'n2', force: true });
  await call('DeletePool', { pool_id: 'web' });
  seen.gone = await refused('GetPool', { pool_id: 'web' });
  seen.history = (await call('ListHistory', { pool_id: 'web' })).revisions.map((r) => r.resource_version);
  const audit = (await call('ListAudit', { pool_id: 'web', page_size: 1000 })).entries;
  seen.actors = [...new Set(audit.map((e) => e.actor))].sort();
  seen.outcomes = [...new Set(audit.map((e) => e.outcome))].sort();
  admin.close();
  console.log(JSON.stringify({ called: [...called].sort(), ...seen }));
}

main().catch((error) => { console.error(error); process.exit(1); });
