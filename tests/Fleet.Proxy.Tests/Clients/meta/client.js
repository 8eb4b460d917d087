'use strict';
// A client of memcached's meta commands, after doc/protocol.txt of memcached: pipelined, matched by opaque, quiet multi-gets that end with mn,
// binary keys in base64, compare-and-swap, stale values with one winner, counters that create themselves. Prints what it saw as JSON.
// usage: node client.js HOST:PORT
const net = require('net');

class MetaClient {
  constructor(host, port) {
    this.buffer = Buffer.alloc(0);
    this.waiting = [];
    this.opaque = 0;
    this.socket = net.connect(port, host);
    this.socket.setNoDelay(true);
    this.socket.on('data', (data) => {
      this.buffer = Buffer.concat([this.buffer, data]);
      this.parse();
    });
    this.socket.on('close', () => this.waiting.splice(0).forEach((w) => w.reject(new Error('connection closed'))));
  }

  parse() {
    for (;;) {
      const end = this.buffer.indexOf('\r\n');
      if (end < 0) return;
      const [code, ...words] = this.buffer.toString('latin1', 0, end).split(' ');
      let value;
      let used = end + 2;
      if (code === 'VA') {
        const bytes = Number(words.shift());
        if (this.buffer.length < used + bytes + 2) return;
        value = this.buffer.subarray(used, used + bytes);
        used += bytes + 2;
      }
      this.buffer = this.buffer.subarray(used);
      const flags = Object.fromEntries(words.map((w) => [w[0], w.slice(1)]));
      this.answer({ code, flags, value: value && value.toString('latin1'), words });
    }
  }

  answer(reply) {
    // Quiet requests may have no reply: the next one that has an opaque, or the fence, says which were silent.
    for (;;) {
      const head = this.waiting[0];
      if (!head) throw new Error(`a reply that nobody waits for: ${JSON.stringify(reply)}`);
      const mine = head.opaque === undefined ? reply.code === 'MN' : reply.flags.O === head.opaque;
      if (mine) {
        this.waiting.shift();
        head.resolve(reply);
        return;
      }
      if (!head.quiet) throw new Error(`expected opaque ${head.opaque}, got ${JSON.stringify(reply)}`);
      this.waiting.shift();
      head.resolve({ code: 'quiet', flags: {} });
    }
  }

  send(line, value, quiet = false) {
    const opaque = line === 'mn' ? undefined : String(++this.opaque);
    const flags = opaque === undefined ? '' : ` O${opaque}${quiet ? ' q' : ''}`;
    this.socket.write(value === undefined ? `${line}${flags}\r\n` : `${line}${flags}\r\n${value}\r\n`, 'latin1');
    return new Promise((resolve, reject) => this.waiting.push({ opaque, quiet, resolve, reject }));
  }

  get(key, flags = 'v', quiet = false) { return this.send(`mg ${key} ${flags}`, undefined, quiet); }
  set(key, value, flags = '', quiet = false) { return this.send(`ms ${key} ${value.length} ${flags}`.trimEnd(), value, quiet); }
  delete(key, flags = '', quiet = false) { return this.send(`md ${key} ${flags}`.trimEnd(), undefined, quiet); }
  arith(key, flags = '') { return this.send(`ma ${key} ${flags}`.trimEnd()); }
  noop() { return this.send('mn'); }
  end() { this.socket.end(); }
}

const seen = {};
const keep = (name, { code, flags, value }, ...letters) => {
  seen[name] = [code, ...letters.map((l) => (flags[l] === undefined ? `no ${l}` : l + flags[l])), ...(value === undefined ? [] : [value])];
};

async function main() {
  const [host, port] = process.argv[2].split(':');
  const client = new MetaClient(host, Number(port));
  await client.noop();
  keep('miss', await client.get('m0'));
  keep('set', await client.set('m0', 'value', 'T100 F5'));
  keep('get', await client.get('m0', 'v f t s k'), 'f', 't', 's', 'k');
  keep('add', await client.set('m0', 'other', 'ME'));
  keep('replace', await client.set('m0', 'newer', 'MR'));
  keep('append', await client.set('m0', '!', 'MA'));
  keep('prepend', await client.set('m0', '<', 'MP'));
  keep('joined', await client.get('m0'));
  const { flags } = await client.get('m0', 'c');
  keep('cas', await client.set('m0', 'swapped', `C${flags.c}`));
  keep('cas again', await client.set('m0', 'late', `C${flags.c}`));
  keep('touch', await client.get('m0', 'T60 t'), 't');
  keep('base64', await client.set(Buffer.from('a key').toString('base64'), 'with blank', 'b'));
  keep('base64 get', await client.get(Buffer.from('a key').toString('base64'), 'b k v'), 'k', 'b');
  keep('count', await client.arith('m1', 'N0 J10 v'));
  keep('count up', await client.arith('m1', 'D5 v'));
  keep('count down', await client.arith('m1', 'MD D3 v t'), 't');

  // A stale value: the first reader after the invalidation wins the right to replace it, the next ones are told that somebody has.
  keep('stale', await client.delete('m0', 'I T30'));
  let reply = await client.get('m0', 'v c');
  keep('winner', reply, 'W', 'X');
  keep('second', await client.get('m0', 'v'), 'Z', 'X');
  keep('refresh', await client.set('m0', 'fresh', `C${reply.flags.c}`));
  keep('fresh', await client.get('m0', 'v'), 'X');
  keep('vivify', await client.get('m2', 'v N30 t'), 'W', 't');
  keep('vivified', await client.get('m2', 'v N30'), 'Z');
  keep('recache', await client.get('m0', 'v R3000 t'), 'W');

  // Quiet multi-gets: hits only, the rest by the fence. Many keys, so that every server has some.
  const stores = Array.from({ length: 100 }, (_, i) => client.set(`q${i}`, `q${i}:value`, '', true));
  await client.noop();
  seen.quietStores = [...new Set((await Promise.all(stores)).map((r) => r.code))];
  const gets = Array.from({ length: 200 }, (_, i) => client.get(`q${i}`, 'k v', true));
  await client.noop();
  const replies = await Promise.all(gets);
  seen.quietHits = replies.slice(0, 100).every((r, i) => r.code === 'VA' && r.flags.k === `q${i}` && r.value === `q${i}:value`);
  seen.quietMisses = [...new Set(replies.slice(100).map((r) => r.code))];
  const deletes = Array.from({ length: 100 }, (_, i) => client.delete(`q${i}`, '', true));
  await client.noop();
  seen.quietDeletes = [...new Set((await Promise.all(deletes)).map((r) => r.code))];
  keep('gone', await client.get('q5'));
  keep('delete missing', await client.delete('q5'));
  client.end();
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
