namespace Fleet.Deploy.Tests.Page;

/// <summary>
/// Looks at the page as shown: every control has a name, every picture a text, headings and language exist, and text stands out
/// (WCAG 2.2 level AA: 4.5 to 1, large text 3 to 1). Returns the problems.
/// </summary>
internal static class AccessibilityScript
{
    public const string Text =
        """
        () => {
          const problems = [];
          const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
          const what = e => `${e.tagName.toLowerCase()} "${(e.textContent || e.id || '').trim().slice(0, 40)}"`;
          const rgb = text => {
            const n = text.match(/[\d.]+/g).map(Number);
            return { r: n[0], g: n[1], b: n[2], a: n[3] ?? 1 };
          };
          const light = c => [c.r, c.g, c.b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
          const back = e => {
            for (let at = e; at; at = at.parentElement) {
              const c = rgb(getComputedStyle(at).backgroundColor);
              if (c.a > 0.99) return c;
            }
            return { r: 255, g: 255, b: 255, a: 1 };
          };
          if (!document.documentElement.lang) problems.push('the page has no language');
          if (!document.title) problems.push('the page has no title');
          if ([...document.querySelectorAll('h1')].filter(shown).length !== 1) problems.push('the page has not exactly one h1');
          for (const e of document.querySelectorAll('input, select, textarea')) {
            if (shown(e) && !(e.labels?.length || e.getAttribute('aria-label'))) problems.push(`${what(e)} has no label`);
          }
          for (const e of document.querySelectorAll('button, a')) {
            if (shown(e) && !(e.textContent.trim() || e.getAttribute('aria-label'))) problems.push(`${what(e)} has no name`);
            if (shown(e) && e.tabIndex < 0) problems.push(`${what(e)} cannot be reached by keyboard`);
          }
          for (const e of document.querySelectorAll('svg')) {
            if (!e.getAttribute('aria-label') && e.getAttribute('aria-hidden') !== 'true') problems.push('a picture has no text');
          }
          for (const e of document.querySelectorAll('th')) {
            if (!e.getAttribute('scope')) problems.push(`${what(e)} has no scope`);
          }
          for (const e of document.querySelectorAll('body *')) {
            const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
            if (!own || !shown(e) || e.closest('title, script, style, noscript') || e.disabled) continue;
            const style = getComputedStyle(e);
            const color = rgb(e.closest('svg') ? style.fill : style.color);
            const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
            const found = ratio(color, back(e.closest('figure') ?? e));
            if (found < (large ? 3 : 4.5)) problems.push(`${what(e)}: contrast ${found.toFixed(2)}`);
          }
          return [...new Set(problems)].slice(0, 20);
        }
        """;
}
