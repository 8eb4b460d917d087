import { h, clock } from './draw.js';
import * as views from './views.js';
import { report } from './report.js';

const main = document.getElementById('main'), live = document.getElementById('live'), theme = document.getElementById('theme');
let stream = null, latest = null, route = null;

// What a view remembers between two updates; a change draws again at once.
const state = { set(...pairs) { for (let i = 0; i < pairs.length; i += 2) this[pairs[i]] = pairs[i + 1]; draw(); } };

function routeOf(hash) {
  const parts = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  const at = encodeURIComponent;
  if (parts[0] === 'report') return { name: 'Report', view: () => report(state) };
  if (parts[0] === 'pools' && parts[2] === 'nodes' && parts[3])
    return { name: `Node ${parts[3]}`, data: `pools/${at(parts[1])}/nodes/${at(parts[3])}`, view: d => views.node(d) };
  if (parts[0] === 'pools' && parts[1]) return { name: `Pool ${parts[1]}`, data: `pools/${at(parts[1])}`, view: d => views.pool(d, state) };
  return { name: 'Overview', data: 'fleet', view: d => views.fleet(d, state) };
}

// Redrawing must not steal what a person holds: focus, cursor and scroll positions are put back.
function draw() {
  if (route.data && !latest) return;
  const focused = document.activeElement, inside = main.contains(focused) && focused !== main;
  const key = inside ? place(focused) : null, cursor = inside && focused.id === 'filter' ? focused.selectionStart : null;
  const scrolled = [...main.querySelectorAll('.scroll')].map(e => e.scrollTop);
  main.replaceChildren(...route.view(latest).filter(e => e != null));
  main.querySelectorAll('.scroll').forEach((e, i) => { e.scrollTop = scrolled[i] ?? 0; });
  if (key) {
    const again = find(key);
    again?.focus({ preventScroll: true });
    if (cursor != null) again?.setSelectionRange(cursor, cursor);
  }
}

const place = e => e.id ? { id: e.id } : e.getAttribute('href') ? { href: e.getAttribute('href') }
  : e.getAttribute('aria-label') ? { label: e.getAttribute('aria-label') } : { text: e.textContent, tag: e.tagName };
const find = key => key.id ? document.getElementById(key.id)
  : key.href ? main.querySelector(`a[href="${CSS.escape(key.href)}"]`) ?? [...main.querySelectorAll('a')].find(a => a.getAttribute('href') === key.href)
  : key.label ? [...main.querySelectorAll('[aria-label]')].find(e => e.getAttribute('aria-label') === key.label)
  : [...main.querySelectorAll(key.tag)].find(e => e.textContent === key.text);

function open() {
  stream?.close();
  route = routeOf(location.hash);
  latest = null;
  document.title = `${route.name} – Fleet`;
  main.replaceChildren(h('p', {}, route.data ? 'loading …' : ''));
  if (!route.data) {
    live.textContent = 'not live';
    draw();
    return;
  }
  stream = new EventSource('/stream/' + route.data);
  stream.onmessage = e => {
    latest = JSON.parse(e.data);
    live.textContent = `live, ${clock(latest.unixMs)} UTC`;
    if (!holding()) draw();
  };
  stream.addEventListener('gone', () => {
    stream.close();
    live.textContent = 'gone';
    main.replaceChildren(h('p', {}, 'There is no such pool or node (any more). '), h('a', { href: '#/' }, 'Overview'));
  });
  stream.onerror = () => { live.textContent = 'the controller does not answer; trying again'; };
}

// A list that is open or a text that is being selected is not redrawn under the hand.
const holding = () => document.activeElement?.tagName === 'SELECT' || !getSelection().isCollapsed;

function setTheme(name) {
  if (name === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  theme.textContent = `Theme: ${name}`;
}

theme.addEventListener('click', () => {
  const order = ['system', 'dark', 'light'], present = document.documentElement.dataset.theme ?? 'system';
  setTheme(order[(order.indexOf(present) + 1) % order.length]);
});
addEventListener('hashchange', () => { open(); main.focus(); });
open();
