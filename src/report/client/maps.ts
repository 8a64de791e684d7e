/** Maps of heavy entries that zoom: by keys, buttons, a double click, or a rectangle that is drawn over a part. */

import { mapTable } from '../figures/entry-map.js';
import { drawMap, entriesIn, mapArea, type View, wholeView } from '../figures/map-drawing.js';
import type { EntryMap } from '../model.js';
import { whole } from '../numbers.js';
import { tableElement } from '../page/tables.js';
import { between, move, zoom } from './view.js';

/** Zooming by a key or button. */
const IN = 0.5;
const OUT = 2;
/** Moving by a key: this part of what is shown. */
const STEP = 0.25;
/** A shorter stroke of the pointer is a click, in units of the picture. */
const LEAST_STROKE = 6;

/** Makes all maps within a part of the page zoom. */
export function zoomMaps(within: HTMLElement): void {
  for (const figure of within.querySelectorAll<HTMLElement>('figure[data-map]')) {
    const data = document.getElementById(figure.dataset.map!)!.textContent!;
    new ZoomedMap(figure, JSON.parse(data) as EntryMap);
  }
}

class ZoomedMap {
  readonly #all: View;
  readonly #pane: HTMLElement;
  readonly #output: HTMLOutputElement;
  readonly #description: string;
  readonly #id: string;
  #view: View;

  constructor(
    readonly figure: HTMLElement,
    readonly map: EntryMap,
  ) {
    this.#all = wholeView(map);
    this.#view = this.#all;
    this.#pane = figure.querySelector('.map')!;
    this.#output = figure.querySelector('output')!;
    this.#description = figure.querySelector('desc')!.textContent!;
    this.#id = figure.querySelector('desc')!.id.replace(/-desc$/, '');
    this.#listen();
    this.#enable();
  }

  #listen(): void {
    this.#pane.addEventListener('keydown', (event) => {
      const view = event.ctrlKey || event.metaKey || event.altKey ? undefined : this.#afterKey(event.key);
      if (!view) return;
      event.preventDefault();
      this.#show(view);
    });
    this.#pane.addEventListener('dblclick', (event) =>
      this.#show(zoom(this.#view, this.#all, IN, this.#placeOf(event))),
    );
    this.#pane.addEventListener('pointerdown', (event) => this.#draw(event));
    for (const button of this.figure.querySelectorAll<HTMLButtonElement>('[data-zoom]')) {
      button.addEventListener('click', () =>
        this.#show(this.#afterKey({ in: '+', out: '-', all: '0' }[button.dataset.zoom!]!)!),
      );
    }
  }

  #afterKey(key: string): View | undefined {
    const [view, all] = [this.#view, this.#all];
    switch (key) {
      case 'ArrowLeft':
        return move(view, all, -STEP, 0);
      case 'ArrowRight':
        return move(view, all, STEP, 0);
      case 'ArrowUp':
        return move(view, all, 0, -STEP);
      case 'ArrowDown':
        return move(view, all, 0, STEP);
      case '+':
      case '=':
      case 'Enter':
        return zoom(view, all, IN);
      case '-':
        return zoom(view, all, OUT);
      case '0':
      case 'Home':
      case 'Escape':
        return all;
      default:
        return undefined;
    }
  }

  /** A rectangle from where the pointer was pressed; what is in it fills the map. */
  #draw(down: PointerEvent): void {
    if (down.pointerType === 'touch' || down.button !== 0) return;
    const start = this.#pointOf(down);
    const svg = this.#pane.querySelector('svg')!;
    const frame = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    frame.setAttribute('class', 'selected');
    const listening = new AbortController();
    const { signal } = listening;
    const drag = (event: PointerEvent): void => {
      const end = this.#pointOf(event);
      svg.append(frame);
      for (const [name, value] of Object.entries({
        x: Math.min(start.x, end.x),
        y: Math.min(start.y, end.y),
        width: Math.abs(start.x - end.x),
        height: Math.abs(start.y - end.y),
      }))
        frame.setAttribute(name, String(value));
    };
    const stop = (event: PointerEvent): void => {
      listening.abort();
      frame.remove();
      this.#pane.classList.remove('drag');
      const end = this.#pointOf(event);
      if (event.type !== 'pointerup' || Math.hypot(start.x - end.x, start.y - end.y) < LEAST_STROKE) return;
      this.#show(between(this.#placeOf(down), this.#placeOf(event), this.#all));
    };
    this.#pane.classList.add('drag');
    window.addEventListener('pointermove', drag, { signal });
    window.addEventListener('pointerup', stop, { signal });
    window.addEventListener('pointercancel', stop, { signal });
  }

  /** Where the pointer is, in units of the picture. */
  #pointOf({ clientX, clientY }: MouseEvent): DOMPoint {
    const svg = this.#pane.querySelector('svg')!;
    return new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM()!.inverse());
  }

  /** The rows under the pointer. */
  #placeOf(event: MouseEvent): readonly [key: number, query: number] {
    const { x, y } = this.#pointOf(event);
    const { left, right, top, bottom } = mapArea(this.map);
    const { keys, queries } = this.#view;
    const share = (at: number, from: number, to: number): number => Math.min(1, Math.max(0, (at - from) / (to - from)));
    return [
      keys[0] + share(x, left, right) * (keys[1] - keys[0]),
      queries[0] + share(y, top, bottom) * (queries[1] - queries[0]),
    ];
  }

  #show(view: View): void {
    this.#view = view;
    const { keys, queries } = view;
    this.#pane.innerHTML = drawMap(this.map, view, this.#id, this.#description);
    const shown = whole(entriesIn(this.map, view).length);
    this.#output.textContent = `keys ${whole(keys[0])} – ${whole(keys[1] - 1)}, queries ${whole(queries[0])} – ${whole(queries[1] - 1)}: ${shown} entries`;
    const table = mapTable(this.map, view);
    this.figure.querySelector('.scroll')!.innerHTML = tableElement(table, 'Entries in view');
    this.figure.querySelector('summary')!.textContent = `Numbers (${whole(table.rows.length)} rows)`;
    this.#enable();
  }

  #enable(): void {
    const same = ([from, to]: View['keys'], whole: View['keys']): boolean => from === whole[0] && to === whole[1];
    const all = same(this.#view.keys, this.#all.keys) && same(this.#view.queries, this.#all.queries);
    for (const button of this.figure.querySelectorAll<HTMLButtonElement>('[data-zoom=out],[data-zoom=all]')) {
      button.setAttribute('aria-disabled', String(all));
    }
  }
}
