// Small pieces of DOM and SVG. Text always goes through textContent: data can never become markup.
const SVG = 'http://www.w3.org/2000/svg';

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on') for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter(c => c != null));
  return element;
}

function s(name, attributes = {}, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text != null) element.textContent = text;
  return element;
}

export const number = (value, digits = 0, unit = '') => value == null || !Number.isFinite(value)
  ? '–' : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }) + (unit ? ' ' + unit : '');
export const percent = (value, digits = 2) => value == null ? '–' : number(value * 100, digits, '%');
export const clock = ms => new Date(ms).toISOString().slice(11, 19);
export function energy(joules) {
  if (joules == null) return '–';
  const size = Math.abs(joules);
  return size >= 3.6e6 ? number(joules / 3.6e6, 2, 'kWh') : size >= 3600 ? number(joules / 3600, 1, 'Wh') : number(joules, 0, 'J');
}

const W = 560, H = 260, L = 58, R = 12, T = 12, B = 34;

function ticks(low, high, count = 5) {
  const raw = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(m => m * power >= raw);
  const out = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) out.push(+v.toPrecision(12));
  return out;
}

function frame(title, note, label) {
  const svg = s('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': label ?? title });
  const figure = h('figure', {}, h('figcaption', {}, title, note ? h('small', {}, note) : null), svg);
  return { figure, svg };
}

function axes(svg, x, y, xName, yName, xText, yText) {
  for (const v of y.ticks) {
    svg.append(s('line', { x1: L, x2: W - R, y1: y(v), y2: y(v), class: 'axis' }), s('text', { x: L - 6, y: y(v) + 4, 'text-anchor': 'end' }, yText(v)));
  }
  for (const v of x.ticks) svg.append(s('text', { x: x(v), y: H - B + 15, 'text-anchor': 'middle' }, xText(v)));
  svg.append(s('text', { x: (L + W - R) / 2, y: H - 4, 'text-anchor': 'middle' }, xName),
    s('text', { x: 12, y: T + 2, 'text-anchor': 'start' }, yName));
}

function scale(low, high, from, to) {
  const span = high - low || 1;
  const map = v => from + (v - low) / span * (to - from);
  map.ticks = ticks(low, high);
  return map;
}

function range(values, withZero) {
  const known = values.filter(v => v != null && Number.isFinite(v));
  if (known.length === 0) return [0, 1];
  let low = Math.min(...known), high = Math.max(...known);
  if (withZero) low = Math.min(0, low);
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  return [withZero && low === 0 ? 0 : low - pad, high + pad];
}

// Lines over the last minutes. series: [{ name, values, style }]; limit: { name, value }.
export function timeline(title, note, times, series, unit, limit) {
  const last = times.at(-1) ?? 0, first = Math.min(times[0] ?? 0, last - 1000);
  return lines(title, note, [(first - last) / 1000, 0], 'seconds ago', v => number(Math.abs(v)),
    series.map(q => ({ ...q, xs: times.map(t => (t - last) / 1000) })), unit, limit);
}

// Lines over anything. series: [{ name, xs, values, style }]; with more than one name there is a legend.
export function lines(title, note, extent, xName, xText, series, unit, limit) {
  const { figure, svg } = frame(title, note);
  const known = series.some(q => q.values.some(v => v != null));
  const y = scale(...range([...series.flatMap(q => q.values), limit?.value], true), H - B, T + 10);
  const x = scale(...extent, L, W - R);
  axes(svg, x, y, xName, unit, xText, v => number(v, Math.abs(v) < 10 && v % 1 ? 1 : 0));
  if (!known) svg.append(s('text', { x: (L + W - R) / 2, y: H / 2, 'text-anchor': 'middle', class: 'none' }, 'no figures yet'));
  for (const q of series) {
    let path = '', open = false;
    q.values.forEach((v, i) => {
      if (v == null) { open = false; return; }
      path += `${open ? 'L' : 'M'}${x(q.xs[i]).toFixed(1)} ${y(v).toFixed(1)}`;
      open = true;
    });
    if (path) svg.append(s('path', { d: path, class: q.style }));
  }
  const named = series.filter(q => q.name);
  if (named.length > 1) figure.append(h('ul', { class: 'legend' }, named.map(q => {
    const sample = s('svg', { viewBox: '0 0 24 8', 'aria-hidden': 'true' });
    sample.append(s('path', { d: 'M0 4H24', class: q.style }));
    return h('li', {}, sample, q.name);
  })));
  if (limit?.value != null) svg.append(s('line', { x1: L, x2: W - R, y1: y(limit.value), y2: y(limit.value), class: 'sla' }),
    s('text', { x: W - R, y: y(limit.value) - 4, 'text-anchor': 'end' }, limit.name));
  return figure;
}

// Power against latency: what was measured, what the model expects with its band, the promise as a line.
export function scatter(title, note, points, expected, limit, present) {
  const { figure, svg } = frame(title, note, `${title}: ${points.length} measured settings, ${expected.length} forecasts`);
  const near = expected.filter(e => e.percentileUs < 20 * (limit?.value ?? Infinity));
  const x = scale(...range([...points.map(p => p.x), ...near.map(e => e.percentileUs), limit?.value]), L, W - R);
  const y = scale(...range([...points.map(p => p.y), ...near.flatMap(e => [e.wattsLow, e.wattsHigh])]), H - B, T + 10);
  axes(svg, x, y, 'latency at the promised percentile, µs', 'W', v => number(v), v => number(v, 2));
  if (points.length + near.length === 0) svg.append(s('text', { x: (L + W - R) / 2, y: H / 2, 'text-anchor': 'middle', class: 'none' }, 'nothing measured yet'));
  const inside = v => Math.max(L, Math.min(W - R, v));
  for (const e of near) {
    const band = s('path', { class: 'band',
      d: `M${x(e.percentileUs)} ${y(e.wattsLow)}V${y(e.wattsHigh)}M${inside(x(e.percentileLowUs))} ${y(e.watts)}H${inside(x(e.percentileHighUs))}` });
    band.append(s('title', {}, `${e.setting}: expected ${number(e.watts, 2)} W (${number(e.wattsLow, 2)} to ${number(e.wattsHigh, 2)}), `
      + `${number(e.percentileUs)} µs (${number(e.percentileLowUs)} to ${number(e.percentileHighUs)}), keeps the promise with ${percent(e.probabilityFeasible, 0)}`));
    svg.append(band);
  }
  if (limit?.value != null) svg.append(s('line', { x1: x(limit.value), x2: x(limit.value), y1: T, y2: H - B, class: 'sla' }),
    s('text', { x: x(limit.value) + 4, y: T + 10 }, limit.name));
  for (const p of points) {
    const dot = s('circle', { cx: x(p.x), cy: y(p.y), r: p.text === present ? 6 : 4, class: p.x <= (limit?.value ?? Infinity) ? 'dot-good' : 'dot-b' });
    dot.append(s('title', {}, p.label));
    svg.append(dot);
  }
  return figure;
}

// Who carries how much: one bar per node; above MOST_BARS nodes one path per kind, so a thousand nodes are four elements.
const MOST_BARS = 120;

export function shares(title, note, nodes) {
  const { figure, svg } = frame(title, note, `${title}: ${nodes.length} nodes`);
  const most = Math.max(...nodes.map(n => n.requestsPerSecond), 1), y = scale(0, most, H - B, T + 10);
  for (const v of y.ticks) {
    svg.append(s('line', { x1: L, x2: W - R, y1: y(v), y2: y(v), class: 'axis' }), s('text', { x: L - 6, y: y(v) + 4, 'text-anchor': 'end' }, number(v)));
  }
  svg.append(s('text', { x: 12, y: T + 2 }, '/s'), s('text', { x: (L + W - R) / 2, y: H - 4, 'text-anchor': 'middle' }, `${nodes.length} nodes, by name`));
  const width = (W - R - L) / Math.max(nodes.length, 1), gap = nodes.length > MOST_BARS ? 0 : Math.min(4, width / 5), paths = new Map();
  nodes.forEach((n, i) => {
    const top = Math.min(y(n.requestsPerSecond), H - B - 2), left = L + i * width + gap / 2;
    const kind = n.membership === 'lost' ? 'share lost' : n.weight === 0 ? 'share idle' : 'share';
    const box = `M${left.toFixed(2)} ${H - B}V${top.toFixed(1)}h${(width - gap).toFixed(2)}V${H - B}z`;
    if (nodes.length > MOST_BARS) {
      paths.set(kind, (paths.get(kind) ?? '') + box);
      return;
    }
    const bar = s('path', { d: box, class: kind });
    bar.append(s('title', {}, `${n.id}: ${number(n.requestsPerSecond)} requests/s, ${n.membership}`));
    svg.append(bar);
  });
  for (const [kind, d] of paths) svg.append(s('path', { d, class: kind }));
  return figure;
}
