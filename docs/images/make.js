/**
 * Draws cluster.svg and sample.svg: `node docs/images/make.js [FOLDER]`, by default beside this file. Scores and bounds of sample.svg are
 * worked out here, for a small K. (The charts of a head come from `levattn report --svg`.)
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STYLE = [
  '.bg{fill:#fff}.box{fill:#f6f8fa;stroke:#57606a}.k{fill:#d0d7de}.u{fill:#bc4c00}.v{fill:#e8a475}.s{fill:#0969da}',
  '.step{fill:#ddf4ff;stroke:#0969da}.o{fill:none;stroke:#57606a}.e{stroke:#bc4c00;stroke-width:1.5;stroke-dasharray:5 4}',
  'text{fill:#1f2328;font-size:16px}.h{font-size:18px;font-weight:600}.m{font:15px ui-monospace,monospace}.n{fill:#57606a;font-size:15px}',
  '.a{stroke:#57606a;fill:none;stroke-width:1.5}marker path{fill:#57606a}',
  '@media (prefers-color-scheme:dark){.bg{fill:#0d1117}.box{fill:#161b22;stroke:#8b949e}.k{fill:#3d444d}.u{fill:#ff9e5e}.v{fill:#8a4a1d}.s{fill:#58a6ff}',
  '.step{fill:#0c2d6b;stroke:#58a6ff}.o{stroke:#9ea7b3}.e{stroke:#ff9e5e}text{fill:#e6edf3}.n{fill:#9ea7b3}.a{stroke:#8b949e}marker path{fill:#8b949e}}',
].join('');

const text = (kind, x, y, words) => `<text class="${kind}" x="${x}" y="${y}">${words}</text>`;
const rect = (kind, x, y, width, height, round = 0) =>
  `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"${round ? ` rx="${round}"` : ''}/>`;
const arrow = (path) => `<path class="a" d="${path}" marker-end="url(#a)"/>`;

const picture = (width, height, title, parts) =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    rect('bg', 0, 0, width, height),
    '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    ...parts.flat(),
    '</svg>\n',
  ].join('\n');

/** Four files of keys, each with its rows of U, to one U. */
function cluster() {
  const inU = [[2], [], [1, 4], [3]];
  const shards = inU.flatMap((own, i) => {
    const top = 44 + 88 * i;
    const middle = top + 35;
    const rows = Array.from({ length: 6 }, (_, row) =>
      rect(own.includes(row) ? 'u' : 'k', 28, top + 8 + 10 * row, 76, 6),
    );
    return [
      rect('box', 18, top, 96, 70, 6),
      ...rows,
      arrow(`M116 ${middle}H150`),
      rect('step', 154, middle - 20, 92, 40, 6),
      text('m', 173, middle + 5, 'sketch'),
      arrow(`M248 ${middle}H282`),
      rect('box', 286, middle - 20, 92, 40, 6),
      text('m', 301, middle + 5, `${i + 1}.lev`),
      arrow(`M380 ${middle}L466 ${206 + 8 * (i - 1.5)}`),
    ];
  });
  return picture(
    720,
    430,
    'Each file of K becomes a sketch on its own machine; merge makes one sketch of them, and select-keys writes U',
    [
      text('h', 18, 28, 'K in files'),
      text('n', 154, 28, 'one task per file'),
      text('n', 286, 28, 'sketches'),
      shards,
      rect('step', 470, 186, 100, 40, 6),
      text('m', 497, 211, 'merge'),
      arrow('M572 206H606'),
      rect('box', 610, 186, 92, 40, 6),
      text('m', 624, 211, 'all.lev'),
      arrow('M656 228V262'),
      rect('step', 592, 266, 120, 40, 6),
      text('m', 603, 291, 'select-keys'),
      arrow('M656 308V342'),
      rect('box', 610, 346, 92, 56, 6),
      [0, 1, 2, 3].map((row) => rect('u', 620, 356 + 10 * row, 72, 6)),
      text('h', 590, 380, 'U'),
      text('n', 440, 64, 'A sketch has a few MB, for any'),
      text('n', 440, 86, 'number of rows. all.lev is the'),
      text('n', 440, 108, 'sketch of all files together.'),
      text('n', 18, 420, 'orange: keys that reach eps'),
    ],
  );
}

/** Rows of two columns: most of one kind, some far out, in a fixed order. */
function smallKeys(n) {
  let state = 6;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: n }, (_, i) =>
    [7, 18, 25].includes(i) ? [3 * normal(), 3 * normal()] : [normal(), normal()],
  );
}

/** k^T G^-1 k for G = [a b; b c]. */
const formOf = ([x, y], [a, b, c]) => (c * x * x - 2 * b * x * y + a * y * y) / (a * c - b * b);
const add = ([a, b, c], [x, y]) => [a + x * x, b + x * y, c + y * y];

/** What `--sample` does to K: who is summed, the bound of every row, and its score. */
export function sampled(keys, rate, eps) {
  const full = keys.reduce(add, [0, 0, 0]);
  const share = keys.map((_, i) => i % rate === 1);
  // Early rows have no bound yet but 1, so they are candidates; one that turns out small goes, but has been summed.
  const summed = share.map(() => false);
  let sum = [0, 0, 0];
  const boundOf = (i) => {
    const [a, b, c] = sum;
    if (a * c - b * b < 1e-9 * a * c || a * c === 0) return 1;
    const x = formOf(keys[i], sum);
    return summed[i] ? Math.min(1, x) : x / (1 + x);
  };
  for (const i of keys.keys()) {
    if (share[i] || boundOf(i) >= eps) {
      sum = add(sum, keys[i]);
      summed[i] = true;
    }
  }
  return keys.map((key, i) => ({ score: formOf(key, full), bound: boundOf(i), share: share[i], summed: summed[i] }));
}

function sample() {
  const [eps, rate, n] = [0.1, 4, 40];
  const rows = sampled(smallKeys(n), rate, eps);
  const [left, top, pitch] = [200, 96, 11];
  const width = 1000;
  const at = (share) => left + width * share;
  const bars = rows.flatMap(({ score, bound, share, summed }, i) => {
    const y = top + pitch * i;
    const kind = score >= eps ? 'u' : bound >= eps ? 'v' : 'k';
    return [
      rect(share ? 's' : summed ? 'v' : 'k', 18, y, 110, 7),
      rect(kind, left, y, (width * score).toFixed(1), 7),
      rect('o', left, y, (width * bound).toFixed(1), 7),
    ];
  });
  const bottom = top + pitch * n;
  const count = (holds) => rows.filter(holds).length;
  const legend = [
    ['s', `one row in ${rate}: chosen by a hash, summed`],
    ['v', 'left: a candidate when it was read, so summed, too. Right: in U because of its bound'],
    ['u', 'score >= eps: in U with and without --sample'],
    ['k', 'left: read, not summed. Right: bound below eps, so it is not in U'],
    ['o', 'outline: the bound; it is never below the score'],
  ];
  const title = `With --sample ${rate} ${count((row) => row.summed)} of ${n} rows are summed, every row has a bound that is at least its score, and U has ${count((row) => row.bound >= eps)} rows instead of ${count((row) => row.score >= eps)}`;
  return picture(720, bottom + 30 + 26 * legend.length, title, [
    text('h', 18, 28, `K, ${n} rows`),
    text('n', 18, 52, `${count((row) => row.summed)} of them summed`),
    text('h', left, 28, 'leverage score, and its bound'),
    text(
      'n',
      left,
      52,
      `with --sample ${rate}: ${count((row) => row.bound >= eps)} rows in U; without: ${count((row) => row.score >= eps)}`,
    ),
    `<path class="e" d="M${at(eps)} ${top - 8}V${bottom}"/>`,
    text('n', at(eps) - 12, top - 14, 'eps'),
    bars,
    legend.flatMap(([kind, words], i) => [
      rect(kind, 18, bottom + 20 + 26 * i, 26, 12),
      text('n', 56, bottom + 31 + 26 * i, words),
    ]),
  ]);
}

/** The pictures, by the names of their files. */
export const pictures = () => ({ 'cluster.svg': cluster(), 'sample.svg': sample() });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url));
  for (const [name, content] of Object.entries(pictures())) writeFileSync(join(folder, name), content);
}
