/** The threads of this process that decode lanes, for all of its readers. */

import { LANE_WORKER_FILE } from '../../files.js';
import { Workers } from '../../threads/workers.js';
import type { LaneAnswer, LaneMessage, LaneSetup } from './lane-protocol.js';

/** The most workers: then the thread that takes rows is what takes longest. */
const MOST_WORKERS = 8;

/** Milliseconds after which workers without a reader are ended; and where they have had none, as the one they were started for is on its way. */
const IDLE_MS = 500;
const FIRST_IDLE_MS = 10_000;

/** A lane that a worker decodes. */
export interface OpenLane {
  /** Puts the next rows into a window. Rejects with a LevattnError where the worker has died, as do the others. */
  fill(window: number, rows: number): Promise<LaneAnswer>;
  skip(rows: number): Promise<LaneAnswer>;
  /** Sees that no values are left. */
  end(): Promise<LaneAnswer>;
  close(): void;
}

class LaneTeam {
  readonly #workers: Workers<LaneMessage, LaneAnswer>;
  readonly #onEnd: () => void;
  /** Lanes that are open, and all so far. */
  #open = 0;
  #made = 0;
  #idle: NodeJS.Timeout | undefined;

  /** @param onEnd - called when it can be given no more lanes */
  constructor(count: number, onEnd: () => void) {
    this.#workers = new Workers(LANE_WORKER_FILE, count, undefined, { mayRest: true });
    this.#onEnd = onEnd;
    this.#endUnused(FIRST_IDLE_MS);
  }

  open(setup: LaneSetup): OpenLane {
    clearTimeout(this.#idle);
    this.#open++;
    const lane = this.#made++;
    const worker = lane % this.#workers.count;
    this.#workers.tell(worker, { kind: 'open', lane, setup });
    let isOpen = true;
    return {
      fill: (window, rows) => this.#workers.ask(worker, { kind: 'fill', lane, window, rows }),
      skip: (rows) => this.#workers.ask(worker, { kind: 'skip', lane, rows }),
      end: () => this.#workers.ask(worker, { kind: 'end', lane }),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#workers.tell(worker, { kind: 'close', lane });
        this.#open--;
        if (this.#open === 0) this.#endUnused(IDLE_MS);
      },
    };
  }

  #endUnused(after: number): void {
    this.#idle = setTimeout(() => this.#end(), after).unref();
  }

  #end(): void {
    this.#onEnd();
    void this.#workers.close();
  }
}

let team: LaneTeam | undefined;

/**
 * How many lanes may be decoded at a time.
 * @param threads - that compute, of which one takes the rows
 */
export const mostLanes = (threads: number): number => Math.max(1, Math.min(MOST_WORKERS, threads - 1));

/**
 * Starts the workers of this process, where there are none: they take longer than what comes before the first page.
 * @param threads - that compute
 */
export function startLaneTeam(threads: number): void {
  teamOf(threads);
}

/** A lane for the workers of this process, which are started where there are none. */
export const openLane = (threads: number, setup: LaneSetup): OpenLane => teamOf(threads).open(setup);

function teamOf(threads: number): LaneTeam {
  team ??= new LaneTeam(mostLanes(threads), () => {
    team = undefined;
  });
  return team;
}
