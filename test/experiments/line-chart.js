/** Line charts as SVG that stand alone: light or dark as the reader's system is, on a ground of their own, with a title for those who listen. */

const [WIDTH, HEIGHT] = [760, 400];
const PLOT = { left: 64, right: 560, top: 40, bottom: 350 };

/** Light and dark, each readable on its ground. */
const COLOURS = [
  ['#0b62d6', '#6cb2ff'],
  ['#c4320a', '#ff8d6b'],
  ['#1a7f37', '#4ac26b'],
  ['#8250df', '#c297ff'],
  ['#8a6100', '#e3b341'],
  ['#0b7285', '#3bc9db'],
  ['#b0246d', '#ff8ac5'],
];

/** So that nothing rests on colour alone. */
const DASHES = ['', '8 3', '2 3'];

const style = (at) => `
  text { font: 13px system-ui, sans-serif; fill: ${['#24292f', '#d7dde4'][at]} }
  .ground { fill: ${['#ffffff', '#14181d'][at]} }
  .grid { stroke: ${['#d8dee4', '#363d46'][at]} }
  .axis { stroke: ${['#57606a', '#9198a1'][at]} }
  .bound { stroke: ${['#24292f', '#d7dde4'][at]} }
${COLOURS.map((pair, i) => `  .line${i} { stroke: ${pair[at]} }`).join('\n')}`;

/**
 * A chart of some lines.
 *
 * @param title - stands above it
 * @param x - `{label, ticks, log}`: ticks ascending, the first and last are the ends of the axis
 * @param y - the same
 * @param lines - `{name, points: [[x, y], …], colour, dash, bound}`: colour counts from 0 (default: place in the list), and so do dashes; `bound` for what theory says, in the
 *   colour of text
 */
export function lineChart({ title, x, y, lines: given }) {
  const lines = given.map((line, i) => ({ colour: i, dash: DASHES[i % DASHES.length], ...line }));
  const placeX = scale(x, PLOT.left, PLOT.right);
  const placeY = scale(y, PLOT.bottom, PLOT.top);
  const path = (points) => points.map(([a, b]) => `${placeX(a).toFixed(1)},${placeY(b).toFixed(1)}`).join(' ');
  const look = ({ colour = 0, dash = '', bound }) =>
    `class="${bound ? 'bound' : `line${colour}`}" fill="none" stroke-width="2" stroke-linejoin="round"${dash ? ` stroke-dasharray="${dash}"` : ''}`;
  const vertical = x.ticks.map((tick) => {
    const at = placeX(tick);
    return `<path class="grid" d="M${at} ${PLOT.top}V${PLOT.bottom}"/><text x="${at}" y="${PLOT.bottom + 18}" text-anchor="middle">${shown(tick)}</text>`;
  });
  const horizontal = y.ticks.map((tick) => {
    const at = placeY(tick);
    return `<path class="grid" d="M${PLOT.left} ${at}H${PLOT.right}"/><text x="${PLOT.left - 8}" y="${at + 4}" text-anchor="end">${shown(tick)}</text>`;
  });
  const drawn = lines.map((line) => `<polyline ${look(line)} points="${path(line.points)}"/>`);
  const legend = lines.map((line, i) => {
    const at = PLOT.top + 10 + 21 * i;
    return `<path ${look(line)} d="M${PLOT.right + 14} ${at}h26"/><text x="${PLOT.right + 46}" y="${at + 4}">${escapeXml(line.name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">
<title id="title">${escapeXml(title)}</title>
<style>${style(0)}
@media (prefers-color-scheme: dark) {${style(1)}
}</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>
<text x="${PLOT.left}" y="22" font-weight="bold">${escapeXml(title)}</text>
${[...vertical, ...horizontal].join('\n')}
<path class="axis" fill="none" d="M${PLOT.left} ${PLOT.top}V${PLOT.bottom}H${PLOT.right}"/>
<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escapeXml(x.label)}</text>
<text transform="translate(18 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeXml(y.label)}</text>
${[...drawn, ...legend].join('\n')}
</svg>
`;
}

/** Values to pixels; what lies beyond an end is drawn at it. */
function scale({ ticks, log }, from, to) {
  const place = log ? Math.log : (value) => value;
  const [low, high] = [place(ticks[0]), place(ticks.at(-1))];
  return (value) => from + (to - from) * Math.min(1, Math.max(0, (place(value) - low) / (high - low)));
}

const shown = (tick) =>
  tick >= 1e4 || (tick > 0 && tick < 1e-3) ? tick.toExponential(0).replace('+', '') : String(tick);

const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
