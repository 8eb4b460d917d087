'use strict';
// memcached (text protocol) and memjs (binary protocol, SASL) against HOST:PORT [USER PASSWORD]; prints what each saw as JSON.
const Memcached = require('memcached');
const memjs = require('memjs');

const [address, user, password] = process.argv.slice(2);

const call = (object, name, ...args) =>
  new Promise((resolve, reject) => object[name](...args, (error, value) => (error ? reject(error) : resolve(value))));

async function text() {
  const client = new Memcached(address, { timeout: 5000, retries: 0 });
  const seen = {};
  seen.set = await call(client, 'set', 'npm-text', 'value', 60);
  seen.get = await call(client, 'get', 'npm-text');
  seen.add = await call(client, 'add', 'npm-text', 'other', 60).catch(() => false);
  await call(client, 'set', 'npm-text-2', { a: [1, 2] }, 60);
  seen.multi = await call(client, 'getMulti', ['npm-text', 'npm-text-none', 'npm-text-2']);
  await call(client, 'set', 'npm-count', 10, 60);
  seen.incr = await call(client, 'incr', 'npm-count', 5);
  const { cas, ...item } = await call(client, 'gets', 'npm-text');
  seen.gets = item['npm-text'];
  seen.cas = await call(client, 'cas', 'npm-text', 'newer', cas, 60);
  seen.append = await call(client, 'append', 'npm-text', '!');
  seen.appended = await call(client, 'get', 'npm-text');
  seen.touch = await call(client, 'touch', 'npm-text', 100);
  seen.del = await call(client, 'del', 'npm-text');
  seen.gone = (await call(client, 'get', 'npm-text')) === undefined;
  seen.version = (await call(client, 'version'))[0].version;
  client.end();
  return seen;
}

async function binary() {
  const client = memjs.Client.create(address, { username: user, password, timeout: 5, retries: 0 });
  const seen = {};
  seen.set = await client.set('npm-binary', 'value', { expires: 60 });
  seen.get = (await client.get('npm-binary')).value.toString();
  seen.add = await client.add('npm-binary', 'other', { expires: 60 });
  seen.replace = await client.replace('npm-binary', 'newer', { expires: 60 });
  seen.incr = (await client.increment('npm-binary-count', 5, { initial: 10, expires: 60 })).value;
  seen.incrAgain = (await client.increment('npm-binary-count', 5, { initial: 10, expires: 60 })).value;
  seen.append = await client.append('npm-binary', '!');
  seen.touch = await client.touch('npm-binary', 100);
  seen.appended = (await client.get('npm-binary')).value.toString();
  seen.del = await client.delete('npm-binary');
  seen.gone = (await client.get('npm-binary')).value === null;
  client.close();
  return seen;
}

(async () => {
  const seen = { binary: await binary() };
  if (!user) {
    seen.text = await text();
  }
  console.log(JSON.stringify(seen));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
