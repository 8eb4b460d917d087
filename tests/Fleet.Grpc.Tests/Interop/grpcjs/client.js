// Calls the probe server with the official JavaScript client and prints what it saw as one JSON object.
// Usage: node client.js HOST:PORT PROBE_PROTO_FOLDER STANDARD_PROTO_FOLDER
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, probeFolder, standardFolder] = process.argv.slice(2);
const options = { keepCase: true, enums: String, defaults: true };

function load(folder, file) {
  return grpc.loadPackageDefinition(loader.loadSync(path.join(folder, file), { ...options, includeDirs: [folder] }));
}

const insecure = grpc.credentials.createInsecure();
const test = load(probeFolder, 'probe.proto').fleet.grpc.test;
const probe = new test.ProbeService(address, insecure);
const zipped = new test.ProbeService(address, insecure, { 'grpc.default_compression_algorithm': 2 });

const failure = (error) => ({ code: error.code, details: error.details, why: (error.metadata?.get('why') ?? [])[0] ?? null });

function unary(client, request, { metadata = new grpc.Metadata(), deadlineMs = 60000 } = {}) {
  return new Promise((resolve) => {
    const seen = {};
    const call = client.Unary(request, metadata, { deadline: Date.now() + deadlineMs }, (error, reply) => {
      seen.result = error ? failure(error) : { text: reply.text, padding: reply.padding.length };
    });
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('status', (status) => { resolve({ ...seen.result, headers: seen.headers, trailers: status.metadata }); });
  });
}

const plain = async (promise) => { const { headers, trailers, ...rest } = await promise; return rest; };

async function withMetadata() {
  const metadata = new grpc.Metadata();
  metadata.set('echo-text', 'there and back');
  metadata.set('trail-bytes-bin', Buffer.from([0, 1, 255]));
  const { headers, trailers } = await unary(probe, { text: 'm' }, { metadata });
  return { header: headers.get('echo-text')[0], trailer: [...trailers.get('trail-bytes-bin')[0]] };
}

function readAll(call, pick) {
  return new Promise((resolve) => {
    const seen = [];
    call.on('data', (reply) => seen.push(pick(reply)));
    call.on('error', (error) => resolve({ seen, ...failure(error) }));
    call.on('end', () => resolve({ seen, code: 0 }));
  });
}

function clientStream(texts) {
  return new Promise((resolve) => {
    const call = probe.ClientStream((error, reply) => resolve(error ? failure(error) : { text: reply.text, index: reply.index }));
    texts.forEach((text) => call.write({ text }));
    call.end();
  });
}

async function duplex(texts) {
  const call = probe.Duplex();
  const done = readAll(call, (reply) => reply.text);
  texts.forEach((text) => call.write({ text }));
  call.end();
  return done;
}

function cancelled() {
  return new Promise((resolve) => {
    const call = probe.ServerStream({ text: 'c', count: 1, hang: true });
    call.on('data', () => call.cancel());
    call.on('error', (error) => resolve(failure(error)));
  });
}

function missingMethod() {
  return new Promise((resolve) => {
    const identity = (bytes) => bytes;
    probe.makeUnaryRequest('/fleet.grpc.test.ProbeService/Nothing', identity, identity, Buffer.alloc(0),
      (error) => resolve(error ? failure(error) : { code: 0 }));
  });
}

function missingService() {
  return new Promise((resolve) => {
    new test.AbsentService(address, insecure).Missing({}, (error) => resolve(error ? failure(error) : { code: 0 }));
  });
}

function health() {
  const client = new (load(standardFolder, 'grpc/health/v1/health.proto').grpc.health.v1.Health)(address, insecure);
  return new Promise((resolve) => client.Check({}, (error, reply) => resolve(error ? failure(error) : reply.status)));
}

function services(version) {
  const file = `grpc/reflection/${version}/reflection.proto`;
  const client = new (load(standardFolder, file).grpc.reflection[version].ServerReflection)(address, insecure);
  const call = client.ServerReflectionInfo();
  return new Promise((resolve) => {
    call.on('data', (reply) => { resolve(reply.list_services_response.service.map((s) => s.name)); call.end(); });
    call.on('error', (error) => resolve(failure(error)));
    call.write({ list_services: '*' });
  });
}

async function main() {
  const large = 'a'.repeat(5 * 1024 * 1024);
  return {
    unary: await plain(unary(probe, { text: 'hello' })),
    metadata: await withMetadata(),
    serverStream: await readAll(probe.ServerStream({ text: 's', count: 5 }), (reply) => reply.index),
    clientStream: await clientStream(['a', 'b', 'c']),
    duplex: await duplex(['x', 'y', 'z']),
    gzip: await plain(unary(zipped, { text: 'z'.repeat(100000) })).then((r) => ({ length: r.text?.length ?? r })),
    failure: await plain(unary(probe, { text: 'ünï %', status_code: 10 })),
    crash: await plain(unary(probe, { status_code: -1 })),
    missingMethod: await missingMethod(),
    missingService: await missingService(),
    deadline: await plain(unary(probe, { hang: true }, { deadlineMs: 300 })),
    oversizedRequest: await plain(unary(probe, { text: large })),
    oversizedResponse: await plain(unary(probe, { padding_bytes: large.length })),
    cancelled: await cancelled(),
    health: await health(),
    reflectionV1: await services('v1'),
    reflectionV1Alpha: await services('v1alpha'),
  };
}

main().then((seen) => { console.log(JSON.stringify(seen)); process.exit(0); }, (error) => { console.error(error); process.exit(1); });
