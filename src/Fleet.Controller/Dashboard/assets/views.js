import { h, number, percent, clock, energy, timeline, scatter, shares } from './draw.js';
import { confirm } from './actions.js';

const path = (...parts) => '#/' + parts.map(encodeURIComponent).join('/');
export const poolPath = pool => path('pools', pool);
export const nodePath = (pool, node) => path('pools', pool, 'nodes', node);

const card = (name, value, note, kind) =>
  h('dl', { class: 'card' }, h('dt', {}, name), h('dd', { class: kind }, value), note ? h('dd', {}, h('small', {}, note)) : null);
const head = (...names) => h('thead', {}, h('tr', {}, names.map(n => h('th', { scope: 'col', class: n[1] }, n[0]))));
const cell = (value, kind) => h('td', { class: kind }, value);
const badge = word => h('span', { class: `badge ${{ active: 'good', lost: 'bad' }[word] ?? ''}` }, word);
const promise = p => `${number(p.percentile, p.percentile % 1 ? 2 : 0)} % within ${number(p.latencyUs)} µs`;
const saved = (power, normal) => power == null || !normal ? '–' : percent(1 - power / normal, 1);
const kept = p => p.percentileUs == null ? '' : p.percentileUs <= p.latencyUs ? 'good' : 'bad';

// A long list is shown a page at a time: the page stays quick with thousands of nodes, and the keyboard gets through it.
const PAGE = 100;

export function pager(key, length, state) {
  const last = Math.max(0, Math.ceil(length / PAGE) - 1), at = Math.min(state[key] ?? 0, last), from = at * PAGE;
  const turn = (text, to) => h('button', { type: 'button', disabled: to < 0 || to > last, on: { click: () => state.set(key, to) } }, text);
  const bar = length <= PAGE ? null : h('div', { class: 'tools', role: 'group', 'aria-label': 'Pages of the list' }, turn('Earlier', at - 1), turn('Later', at + 1),
    h('span', { class: 'soft' }, `${from + 1} to ${Math.min(from + PAGE, length)} of ${length}`));
  return { cut: list => list.slice(from, from + PAGE), bar };
}

export function fleet(data, state) {
  const pages = pager('poolsPage', data.pools.length, state);
  return [
    h('h1', {}, 'Fleet'),
    h('div', { class: 'cards' },
      card('Power now', number(data.powerWatts, 1, 'W'), data.defaultPowerWatts == null ? null : `${number(data.defaultPowerWatts, 1, 'W')} at the kernel default (estimate)`),
      card('Saved now', saved(data.powerWatts, data.defaultPowerWatts), 'estimate of the model'),
      card('Saved today', energy(data.savedTodayJoules), 'estimate, since midnight UTC or the start'),
      card('Requests', number(data.requestsPerSecond, 0, '/s')),
      card('Proxies', `${data.proxies.filter(p => p.connected).length} of ${data.proxies.length}`, 'connected')),
    h('h2', {}, 'Pools'),
    data.pools.length === 0 ? h('p', {}, 'There is no pool yet: fleet pool create NAME --listen ADDRESS:PORT --sla-us 500') :
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Pools' }, h('table', {},
      head(['Pool'], ['Promise'], ['Latency', 'n'], ['Within', 'n'], ['Budget left', 'n'], ['Requests/s', 'n'], ['Power', 'n'], ['Saved', 'n'], ['Nodes', 'n'], ['Settled', 'n'], ['Mode'], ['Change']),
      h('tbody', {}, pages.cut(data.pools).map(p => h('tr', {},
        h('th', { scope: 'row' }, h('a', { href: poolPath(p.id) }, p.id)), cell(promise(p)), cell(number(p.percentileUs, 0, 'µs'), 'n ' + kept(p)),
        cell(percent(p.attainmentRatio), 'n'), cell(percent(p.budgetRatio, 0), 'n'), cell(number(p.requestsPerSecond), 'n'),
        cell(number(p.powerWatts, 1, 'W'), 'n'), cell(saved(p.powerWatts, p.defaultPowerWatts), 'n'), cell(number(p.nodes), 'n'),
        cell(number(p.settledNodes), 'n'), cell(p.mode), cell(p.change || 'none')))))),
    pages.bar,
    h('h2', {}, 'Proxies'),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Proxies' }, h('table', {}, head(['Proxy'], ['Control'], ['State'], ['Last error']),
      h('tbody', {}, data.proxies.map(p => h('tr', {}, h('th', { scope: 'row' }, p.id), cell(p.control),
        cell(p.connected ? 'connected' : 'away', p.connected ? 'good' : 'bad'), cell(p.lastError || '–')))))),
  ];
}

function poolTools(pool, possible) {
  const why = possible ? null : 'the controller runs without --page-token-file';
  const paused = pool.mode === 'observe';
  return h('div', { class: 'tools' },
    h('button', { type: 'button', disabled: !possible, title: why, on: { click: () => confirm(
      paused ? `Let tuning of pool ${pool.id} go on?` : `Pause tuning of pool ${pool.id}?`,
      paused ? 'The tuner will try settings on its nodes again.' : 'Every node returns to its original settings. Traffic is not touched.',
      `/api/pools/${encodeURIComponent(pool.id)}/pause`, [], () => ({ paused: !paused })) } }, paused ? 'Resume tuning' : 'Pause tuning'),
    h('button', { type: 'button', disabled: !possible, title: why, on: { click: () => confirm(
      `Change the promise of pool ${pool.id}?`, 'The tuner searches again for the new promise.',
      `/api/pools/${encodeURIComponent(pool.id)}/promise`,
      [{ id: 'percentile', label: 'Percentile, 50 to 99.99', value: pool.percentile }, { id: 'latencyUs', label: 'Latency, microseconds', value: pool.latencyUs }],
      values => ({ percentile: Number(values.percentile), latencyUs: Number(values.latencyUs) })) } }, 'Change promise'),
    possible ? null : h('span', { class: 'soft' }, 'Actions are off: ' + why + '.'));
}

export function pool(data, state) {
  const p = data.pool, history = data.history;
  const filter = (state.filter ?? '').toLowerCase(), by = state.sort ?? 'id';
  const shown = data.nodes.filter(n => !filter || `${n.id} ${n.membership} ${n.phase} ${n.setting}`.toLowerCase().includes(filter));
  const pages = pager('nodesPage', shown.length, state);
  shown.sort((a, b) => by === 'id' ? a.id.localeCompare(b.id, 'en', { numeric: true }) : (b[by] ?? -1) - (a[by] ?? -1));
  return [
    h('h1', {}, `Pool ${p.id}`),
    h('p', {}, `${promise(p)} on ${p.listen}; mode ${p.mode}; `, h('strong', {}, p.change ? `in progress: ${p.change}` : 'no change in progress')),
    poolTools(p, data.actionsPossible),
    h('div', { class: 'cards' },
      card('Latency', number(p.percentileUs, 0, 'µs'), `promise ${number(p.latencyUs, 0, 'µs')}`, kept(p)),
      card('Within the promise', percent(p.attainmentRatio), 'last 10 s'),
      card('Budget left', percent(p.budgetRatio, 0), 'last hour'),
      card('Power', number(p.powerWatts, 2, 'W'), p.defaultPowerWatts == null ? 'default not measured yet' : `${number(p.defaultPowerWatts, 2, 'W')} at the default (estimate)`),
      card('Saved today', energy(p.savedTodayJoules), 'estimate'),
      card('Nodes', `${p.activeNodes} active`, `${p.parkedNodes} parked, ${p.settledNodes} settled, ${p.nodes} in all`)),
    h('div', { class: 'charts' },
      timeline('Requests per second', null, history.unixMs, [{ values: history.requestsPerSecond, style: 'a' }], '/s'),
      timeline('Latency at the promised percentile', null, history.unixMs, [{ values: history.percentileUs, style: 'a' }], 'µs', { name: 'promise', value: p.latencyUs }),
      timeline('Power', 'dashed: the kernel default, an estimate', history.unixMs, [{ values: history.powerWatts, style: 'a' }, { values: history.defaultPowerWatts, style: 'b' }], 'W'),
      shares('Load per node', 'grey: parked; red: lost', data.nodes)),
    h('h2', {}, 'Nodes'),
    h('div', { class: 'tools' },
      h('label', { for: 'filter' }, 'Filter'), h('input', { id: 'filter', value: state.filter ?? '', on: { input: e => state.set('filter', e.target.value, 'nodesPage', 0) } }),
      h('label', { for: 'sort' }, 'Sort by'), h('select', { id: 'sort', on: { change: e => state.set('sort', e.target.value) } },
        [['id', 'name'], ['requestsPerSecond', 'load'], ['percentileUs', 'latency'], ['powerWatts', 'power'], ['trials', 'trials']]
          .map(([value, text]) => h('option', { value, selected: value === by }, text))),
      h('span', { class: 'soft' }, `${shown.length} of ${data.nodes.length}`)),
    pages.bar,
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Nodes' }, h('table', {},
      head(['Node'], ['State'], ['Phase'], ['Weight', 'n'], ['Requests/s', 'n'], ['Latency µs', 'n'], ['Power W', 'n'], ['Trials', 'n'], ['Setting'], ['Why']),
      h('tbody', {}, pages.cut(shown).map(n => h('tr', {}, h('th', { scope: 'row' }, h('a', { href: nodePath(p.id, n.id) }, n.id)), cell(badge(n.membership)), cell(n.phase),
        cell(number(n.weight), 'n'), cell(number(n.requestsPerSecond), 'n'), cell(number(n.percentileUs), 'n ' + (n.percentileUs > p.latencyUs ? 'bad' : '')),
        cell(number(n.powerWatts, 2), 'n'), cell(number(n.trials), 'n'), cell(n.setting, 'code'), cell(n.reason, 'wrap')))))),
  ];
}

export function node(data) {
  const p = data.pool, n = data.node, history = data.history;
  const visited = data.decisions.filter(d => d.measuredWatts != null && d.measuredPercentileUs != null).map(d => ({
    x: d.measuredPercentileUs, y: d.measuredWatts, text: d.setting,
    label: `${clock(d.unixMs)} ${d.kind}: ${d.setting}; ${number(d.measuredWatts, 2)} W, ${number(d.measuredPercentileUs)} µs at ${number(d.requestsPerSecond)} requests/s` }));
  const latest = data.decisions[0];
  return [
    h('p', {}, h('a', { href: poolPath(p.id) }, `Pool ${p.id}`)),
    h('h1', {}, `Node ${n.id}`),
    h('p', {}, `${n.address}; ${n.membership}; agent ${n.agentConnected ? 'connected' : 'away' + (n.agentError ? ': ' + n.agentError : '')}; ${n.hardwareClass ?? 'class not known'}`),
    h('div', { class: 'tools' }, h('button', { type: 'button', disabled: !data.actionsPossible || n.membership === 'leaving', on: { click: () => confirm(
      `Drain node ${n.id} and take it out of pool ${p.id}?`, 'The other nodes are prepared first; then its load shifts, it drains, and its settings are restored.',
      `/api/pools/${encodeURIComponent(p.id)}/nodes/${encodeURIComponent(n.id)}/drain`, [], () => ({})) } }, 'Drain and remove')),
    h('div', { class: 'cards' },
      card('Phase', n.phase, `${n.trials} trials`),
      card('Latency', number(n.percentileUs, 0, 'µs'), `promise ${number(p.latencyUs, 0, 'µs')}`, n.percentileUs == null ? '' : n.percentileUs <= p.latencyUs ? 'good' : 'bad'),
      card('Power', number(n.powerWatts, 2, 'W'), n.powerSource === 'model' ? 'estimated from CPU time' : `source: ${n.powerSource}`),
      card('Saved now', saved(n.powerWatts, n.defaultPowerWatts), 'estimate of the model'),
      card('Load', number(n.requestsPerSecond, 0, '/s'), `weight ${n.weight}`)),
    h('h2', {}, 'Why this setting'),
    h('p', {}, h('strong', {}, n.setting), ` — ${n.reason || 'no decision yet'}`),
    latest ? h('p', { class: 'soft' }, `Latest decision, ${clock(latest.unixMs)} UTC: ${latest.kind}, because of ${latest.trigger}: ${latest.reason}`
      + (latest.probabilityFeasible == null ? '' : ` (keeps the promise with ${percent(latest.probabilityFeasible, 0)})`)) : null,
    h('div', { class: 'charts' },
      scatter('Power against latency', 'dots: measured (green keeps the promise); crosses: the model at the present load with its 90 % band',
        visited, data.forecasts, { name: 'promise', value: p.latencyUs }, n.setting),
      timeline('Latency at the promised percentile', null, history.unixMs, [{ values: history.percentileUs, style: 'a' }], 'µs', { name: 'promise', value: p.latencyUs }),
      timeline('Power', 'dashed: the kernel default, an estimate', history.unixMs, [{ values: history.powerWatts, style: 'a' }, { values: history.defaultPowerWatts, style: 'b' }], 'W'),
      timeline('Requests per second', null, history.unixMs, [{ values: history.requestsPerSecond, style: 'a' }], '/s')),
    h('h2', {}, 'Audit'),
    decisions(data.decisions),
  ];
}

function decisions(list) {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Decisions' }, h('table', {},
    head(['Time UTC'], ['Decision'], ['Setting'], ['Because of'], ['Load', 'n'], ['Predicted W', 'n'], ['Measured W', 'n'], ['Predicted µs', 'n'], ['Measured µs', 'n'], ['Reason']),
    h('tbody', {}, list.map(d => h('tr', {}, cell(clock(d.unixMs)), cell(d.kind), cell(d.setting, 'code'), cell(d.trigger), cell(number(d.requestsPerSecond), 'n'),
      cell(number(d.predictedWatts, 2), 'n'), cell(number(d.measuredWatts, 2), 'n'), cell(number(d.predictedPercentileUs), 'n'),
      cell(number(d.measuredPercentileUs), 'n'), cell(d.reason, 'wrap'))))));
}
