import { h, number, percent, energy, timeline, lines, scatter } from './draw.js';

// A report of a demo or of a simulated day, read in the browser: it is sent nowhere.
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
    h('p', {}, 'Shows the report.json of "fleet demo", and what "fleet simulate --json" printed. The file stays in this browser.'),
    h('div', { class: 'tools' }, h('label', { for: 'file' }, 'Report file'), input),
    state.problem ? h('p', { class: 'bad', role: 'alert' }, state.problem) : null,
    ...(state.report ? (isDay(state.report) ? day(state.report, state) : demo(state.report)) : []),
  ];
}

const isDay = r => Array.isArray(r.policies) && Array.isArray(r.courses);

function read(data) {
  if (data === null || typeof data !== 'object') throw new Error('not a report: it holds no object');
  if (!isDay(data) && !String(data.schema ?? '').startsWith('fleet-')) throw new Error('not a report of Fleet: "schema" is missing or not "fleet-…"');
  return data;
}

const table = (name, heads, rows) => h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name }, h('table', {},
  h('thead', {}, h('tr', {}, heads.map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)))),
  h('tbody', {}, rows.map(row => h('tr', {}, row.map((v, i) => h(i ? 'td' : 'th', { scope: i ? null : 'row', class: heads[i][1] }, v ?? '–')))))));

// A simulated day: every policy under one promise and fleet size, side by side.
function day(r, state) {
  const cases = [...new Map(r.policies.map(p => [`${p.slaUs}/${p.nodes}`, p])).values()];
  const chosen = cases.find(c => `${c.slaUs}/${c.nodes}` === state.case) ?? cases[0];
  const same = p => p.slaUs === chosen.slaUs && p.nodes === chosen.nodes;
  const courses = r.courses.filter(same), longest = Math.max(r.hours, ...courses.flatMap(c => c.points.map(p => p.hour)));
  const series = pick => courses.map((c, i) => ({ name: c.name, xs: c.points.map(p => p.hour), values: c.points.map(pick), style: `line-${i % 6}` }));
  const chart = (title, note, pick, unit, limit) => lines(title, note, [0, longest], 'hours', v => number(v, v % 1 ? 1 : 0), series(pick), unit, limit);
  return [
    h('h2', {}, `Simulated: ${r.trace} on ${r.server}`),
    h('p', {}, `${number(r.hours, 1)} h, ${number(r.peakQps)} requests/s of a server at the peak, a parked server uses ${number(r.parkedWatts, 1, 'W')}, seed ${r.seed}`),
    h('div', { class: 'tools' }, h('label', { for: 'case' }, 'Promise and fleet'), h('select', { id: 'case', on: { change: e => state.set('case', e.target.value) } },
      cases.map(c => h('option', { value: `${c.slaUs}/${c.nodes}`, selected: c === chosen }, `${number(r.percentile)} % within ${number(c.slaUs)} µs, ${number(c.nodes)} servers`)))),
    table('Policies', [['Policy'], ['Energy', 'n'], ['Over the oracle', 'n'], ['Saved', 'n'], ['Requests over the promise', 'n'], ['Trials', 'n'], ['Active servers', 'n']],
      r.policies.filter(same).map(p => [p.name, energy(p.joules), number(p.overOracle, 3), percent(p.savingOverDefault, 1),
        percent(p.shareOfRequestsOverSla, 2), number(p.trials, 1), number(p.meanActiveNodes, 1)])),
    h('div', { class: 'charts' },
      chart('Power of the fleet', null, p => p.watts, 'W'),
      chart('Latency at the promised percentile', 'the worst server of each part', p => p.percentileUs, 'µs', { name: 'promise', value: chosen.slaUs }),
      chart('Requests per second', null, p => p.qps, '/s'),
      chart('Active servers', null, p => p.activeNodes, 'servers')),
    notes(r.notes),
  ];
}

function demo(r) {
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
    table('Settings measured', [['At s', 'n'], ['Node'], ['Decision'], ['Setting', 'code'], ['W', 'n'], ['µs', 'n'], ['Reason', 'wrap']],
      (r.settings ?? []).map(x => [number(x.atSeconds), x.node, x.kind, x.setting, number(x.watts, 2), number(x.p99Us), x.reason])),
    notes(r.notes),
  ];
}

const notes = list => (list ?? []).length ? h('ul', {}, list.map(n => h('li', {}, n))) : null;
