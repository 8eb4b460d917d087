import { h, number, percent, timeline, scatter } from './draw.js';

// A report.json of a demo or simulation, read in the browser: it is sent nowhere.
export function report(state) {
  const input = h('input', { id: 'file', type: 'file', accept: '.json,application/json', on: { change: async e => {
    const file = e.target.files[0];
    if (!file) return;
    try {
      state.set('report', read(JSON.parse(await file.text())), 'problem', null);
    } catch (problem) {
      state.set('problem', `${file.name}: ${problem.message}`, 'report', null);
    }
  } } });
  return [
    h('h1', {}, 'Report'),
    h('p', {}, 'Shows a report.json that "fleet demo" or "fleet simulate" wrote. The file stays in this browser.'),
    h('div', { class: 'tools' }, h('label', { for: 'file' }, 'Report file'), input),
    state.problem ? h('p', { class: 'bad', role: 'alert' }, state.problem) : null,
    ...(state.report ? show(state.report) : []),
  ];
}

function read(data) {
  if (data === null || typeof data !== 'object') throw new Error('not a report: it holds no object');
  if (!String(data.schema ?? '').startsWith('fleet-')) throw new Error('not a report of Fleet: "schema" is missing or not "fleet-…"');
  return data;
}

function show(r) {
  const series = r.series ?? [], times = series.map(x => (x.atSeconds ?? 0) * 1000);
  const pick = name => series.map(x => x[name] ?? null);
  const visited = (r.settings ?? []).filter(x => x.watts != null && x.p99Us != null).map(x => ({ x: x.p99Us, y: x.watts, text: x.setting,
    label: `${number(x.atSeconds)} s, ${x.node}, ${x.kind}: ${x.setting}; ${number(x.watts, 2)} W, ${number(x.p99Us)} µs` }));
  const sla = series.at(-1)?.slaUs;
  return [
    h('h2', {}, `${r.schema}: ${r.plant ?? ''} ${r.startedUtc ?? ''}`),
    h('p', {}, `${number(r.servers)} servers, ${number(r.offeredQps)} requests/s offered, ${number(r.durationSeconds)} s, power source ${r.powerSource ?? '–'}`),
    (r.claims ?? []).length ? h('ul', {}, r.claims.map(c => h('li', { class: c.holds ? 'good' : 'bad' }, `${c.holds ? 'holds' : 'does not hold'}: ${c.name ?? c.text ?? ''} ${c.figures ?? c.detail ?? ''}`))) : null,
    h('div', { class: 'charts' },
      scatter('Power against latency', 'every setting that was measured', visited, [], { name: 'promise', value: sla }),
      timeline('Latency, 99th percentile at the client', null, times, [{ values: pick('clientP99Us'), style: 'a' }], 'µs', { name: 'promise', value: sla }),
      timeline('Power', null, times, [{ values: pick('watts'), style: 'a' }], 'W'),
      timeline('Requests per second', null, times, [{ values: pick('qps'), style: 'a' }], '/s')),
    h('h2', {}, 'Settings measured'),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Settings measured' }, h('table', {},
      h('thead', {}, h('tr', {}, ['At s', 'Node', 'Decision', 'Setting', 'W', 'µs', 'Reason'].map(n => h('th', { scope: 'col' }, n)))),
      h('tbody', {}, (r.settings ?? []).map(x => h('tr', {}, [number(x.atSeconds), x.node, x.kind, x.setting, number(x.watts, 2), number(x.p99Us), x.reason]
        .map((v, i) => h('td', { class: i === 6 ? 'wrap' : null }, v ?? '–'))))))),
    (r.notes ?? []).length ? h('ul', {}, r.notes.map(n => h('li', {}, n))) : null,
  ];
}
