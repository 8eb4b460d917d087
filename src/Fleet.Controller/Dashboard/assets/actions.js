import { h } from './draw.js';

// Asks before anything changes; the token is kept for this tab's life only, in memory.
const dialog = document.getElementById('confirm'), go = document.getElementById('confirm-go'), token = document.getElementById('token');
const fieldBox = document.getElementById('confirm-fields'), problem = document.getElementById('confirm-problem');

export function confirm(title, text, url, fields, body) {
  document.getElementById('confirm-title').textContent = title;
  document.getElementById('confirm-text').textContent = text;
  problem.textContent = '';
  fieldBox.replaceChildren(...fields.flatMap(f => [h('label', { for: 'field-' + f.id }, f.label), h('input', { id: 'field-' + f.id, value: f.value })]));
  go.onclick = async () => {
    const values = Object.fromEntries(fields.map(f => [f.id, document.getElementById('field-' + f.id).value]));
    go.disabled = true;
    try {
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body(values)),
        headers: { 'Content-Type': 'application/json', 'X-Fleet-Page': '1', Authorization: 'Bearer ' + token.value } });
      if (answer.ok) dialog.close();
      else problem.textContent = (await answer.json().catch(() => ({}))).problem ?? `refused: ${answer.status}`;
    } catch {
      problem.textContent = 'the controller does not answer';
    } finally {
      go.disabled = false;
    }
  };
  dialog.showModal();
}
