/** How often an operation was called: a chart of days, and a table of releases. */
import { h, svg } from './dom.js';

const WIDTH = 720;
const HEIGHT = 140;
const BASE = HEIGHT - 1;
const TOP = 14;

export function usageView({ days, releases }) {
  const calls = days.reduce((sum, day) => sum + day.calls, 0);
  if (!calls && !releases.length) return [h('p', { class: 'hint' }, 'Nobody has called it within these 30 days.')];
  return [chart(days, calls), table(releases)];
}

function chart(days, calls) {
  const most = Math.max(1, ...days.map((day) => day.calls));
  const step = WIDTH / days.length;
  const height = (count) => ((BASE - TOP) * count) / most;
  const bars = days.map((day, place) => {
    const x = place * step + 1;
    const box = { x, width: Math.max(1, step - 2) };
    return svg(
      'g',
      {},
      svg('title', {}, `${day.day}: ${counted(day.calls)}, ${day.errors} with errors`),
      svg('rect', { class: 'day', x: place * step, y: 0, width: step, height: BASE }),
      svg('rect', { class: 'calls', ...box, y: BASE - height(day.calls), height: height(day.calls) }),
      svg('rect', { class: 'errors', ...box, y: BASE - height(day.errors), height: height(day.errors) }),
    );
  });
  const summary = `${counted(calls)} within ${days.length} days, ${most} at most on one day`;
  return h(
    'figure',
    { class: 'chart' },
    svg(
      'svg',
      // It is as wide as there is room, and as high everywhere.
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': summary },
      svg('line', { x1: 0, x2: WIDTH, y1: BASE, y2: BASE, 'vector-effect': 'non-scaling-stroke' }),
      bars,
    ),
    h('div', { class: 'dates' }, h('span', {}, days[0].day), h('span', {}, days.at(-1).day)),
    h('figcaption', {}, summary, '. ', h('span', { class: 'key calls' }, 'calls'), ' ', h('span', { class: 'key errors' }, 'with errors')),
  );
}

function table(releases) {
  const heads = ['Release', 'Calls', 'Errors', 'Refused', 'Deprecated', 'p50', 'p95', 'Cost a call', 'Last call'];
  const rows = releases.map((each) => [
    each.release,
    each.calls,
    each.errors,
    each.refused,
    each.deprecated,
    milliseconds(each.p50),
    milliseconds(each.p95),
    each.calls ? Math.round(each.cost / each.calls) : '–',
    new Date(each.lastSeen).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' }),
  ]);
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Usage by release' },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, heads.map((head) => h('th', { scope: 'col' }, head)))),
      h(
        'tbody',
        {},
        rows.map(([first, ...rest]) => h('tr', {}, h('th', { scope: 'row' }, first), rest.map((cell) => h('td', {}, String(cell))))),
      ),
    ),
  );
}

const counted = (calls) => `${calls} call${calls === 1 ? '' : 's'}`;
const milliseconds = (seconds) => (seconds === null ? '–' : `${(seconds * 1000).toPrecision(3)} ms`);
