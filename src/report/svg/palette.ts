/**
 * Colours of figures, light and dark, and the style rules that are made of them.
 *
 * Text has a contrast of at least 4.5 to the paper and lines of at least 3 (WCAG 2.2, AA); lines that share a figure also differ in dash
 * or width, so that nothing rests on colour alone.
 */

/** A set of colours; all of a figure come from one. */
export interface Palette {
  readonly paper: string;
  /** A surface a little off the paper. */
  readonly panel: string;
  readonly ink: string;
  /** Text of less weight. */
  readonly soft: string;
  readonly grid: string;
  /** Lines and points that are told apart. */
  readonly series: readonly string[];
  /** From little to much. */
  readonly heat: readonly string[];
  /** Cells that hold a number, from little to much, and the text on each. */
  readonly ramp: readonly string[];
  readonly on: readonly string[];
}

export const LIGHT: Palette = {
  paper: '#ffffff',
  panel: '#f4f6f8',
  ink: '#1c2128',
  soft: '#57606a',
  grid: '#e3e7eb',
  series: ['#0067a5', '#c04a00', '#00795a', '#9a3f87', '#766200', '#6a737d', '#1c2128'],
  heat: ['#5ba3d9', '#2f7fc1', '#0f5597', '#082c5a'],
  ramp: ['#e1edf8', '#bfd9ef', '#95c0e3', '#68a3d2', '#3678b2', '#1f5c94', '#0c3862'],
  on: ['#1c2128', '#1c2128', '#1c2128', '#1c2128', '#ffffff', '#ffffff', '#ffffff'],
};

export const DARK: Palette = {
  paper: '#14181d',
  panel: '#1d232a',
  ink: '#e6eaee',
  soft: '#a3adb8',
  grid: '#2c343d',
  series: ['#5db4ec', '#f2935a', '#35c795', '#db93c9', '#d8bf4a', '#98a2ad', '#e6eaee'],
  heat: ['#2f6ea8', '#4f9bdc', '#93c9f5', '#e2f3ff'],
  ramp: ['#1e3042', '#234a69', '#2b6190', '#3a78ad', '#6ba7d8', '#9ccaf0', '#dceefc'],
  on: ['#ffffff', '#ffffff', '#ffffff', '#ffffff', '#14181d', '#14181d', '#14181d'],
};

/** Names of all colours, with the values that a palette gives them. */
export function colours({ series, heat, ramp, on, ...single }: Palette): [name: string, value: string][] {
  return [
    ...Object.entries(single),
    ...series.map((value, i): [string, string] => [`series-${i}`, value]),
    ...heat.map((value, i): [string, string] => [`heat-${i}`, value]),
    ...ramp.map((value, i): [string, string] => [`ramp-${i}`, value]),
    ...on.map((value, i): [string, string] => [`on-${i}`, value]),
  ];
}

/**
 * The rules that figures are drawn by.
 * @param colour - how a colour of this name is spelled
 */
export function figureRules(colour: (name: string) => string): string {
  const rules = [
    `.chart text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:${colour('ink')}}`,
    `.chart .soft{fill:${colour('soft')}}`,
    `.paper{fill:${colour('paper')}}`,
    `.halo{paint-order:stroke;stroke:${colour('paper')};stroke-width:3px;stroke-linejoin:round}`,
    `.grid{stroke:${colour('grid')};fill:none}`,
    `.axis{stroke:${colour('soft')};fill:none}`,
    `.line{fill:none;stroke-width:1.75;stroke-linejoin:round}`,
    `.dots{fill:none;stroke-width:2.6;stroke-linecap:round}`,
    `.cells{fill:none;stroke-linecap:square}`,
    `.band{stroke:none;fill-opacity:.2}`,
    ...LIGHT.series.map((_, i) => `.s${i}{stroke:${colour(`series-${i}`)}}.f${i}{fill:${colour(`series-${i}`)}}`),
    ...LIGHT.heat.map((_, i) => `.h${i}{stroke:${colour(`heat-${i}`)}}`),
    ...LIGHT.ramp.map((_, i) => `.r${i}{fill:${colour(`ramp-${i}`)}}.chart .o${i}{fill:${colour(`on-${i}`)}}`),
    `.missing{fill:none;stroke:${colour('soft')};stroke-dasharray:2 2}`,
  ];
  return rules.join('\n');
}

/** The style of a figure that stands alone: light, and dark where the reader's system is. */
export function standaloneStyle(): string {
  const by = (palette: Palette) => {
    const values = new Map(colours(palette));
    return figureRules((name) => values.get(name)!);
  };
  return `${by(LIGHT)}\n@media (prefers-color-scheme:dark){\n${by(DARK)}\n}`;
}
