/**
 * Threads that decode pages before they are asked for. A page lies in memory that all threads see, with a word that says whether somebody has
 * taken it: a worker that comes to it, or the thread that needs it and would wait. Whoever decodes it, its values are the same.
 */

import type { SchemaElement } from 'hyparquet';
import { PAGE_WORKER_FILE } from '../../files.js';
import { Workers } from '../../threads/workers.js';
import type { LargestLevels } from './encodings.js';
import type { NumberArray } from './numbers.js';
import type { Page, StoredPage } from './page-decoder.js';
import {
  bytesFrom,
  claim,
  memoryFor,
  newTicket,
  type PageAnswer,
  type PageMessage,
  type SharedPage,
} from './page-protocol.js';
import { ReusedMemory } from './reused-memory.js';

/** The most workers: then the thread that puts rows together is what takes longest. */
const MOST_WORKERS = 8;

/** Milliseconds after which workers without a reader are ended. */
const IDLE_MS = 500;

/** A page that has been given to the workers. */
export interface OfferedPage {
  /** What a worker has made of it; undefined where the caller must decode it, as nobody has begun, or it is damaged. */
  answer(): Promise<Page<NumberArray> | undefined>;
  /** Nobody needs it any more. */
  withdraw(): void;
  /** Its bytes are needed no more: their memory may be used for another page. */
  release(): void;
}

/** A column whose pages are decoded by workers. */
export interface ColumnOfTeam {
  /** Room for a page and what follows it; a dictionary stays until nobody refers to it, and gets memory of its own. */
  room(length: number, isDictionary: boolean): Uint8Array;
  /**
   * Gives a page to the workers.
   * @param dictionary - of its chunk; bytes of both are of {@link room}
   * @param memory - where values may be put: 8 bytes for each
   */
  offer(page: StoredPage, dictionary: StoredPage | undefined, memory: SharedArrayBuffer): OfferedPage;
  close(): void;
}

/** The workers of this process, for all of its readers. */
class PageTeam {
  readonly #workers: Workers<PageMessage, PageAnswer | undefined>;
  /** Pages that each has not answered. */
  readonly #owed: number[];
  readonly #onEnd: () => void;
  /** For pages of all columns, as they lie in files. */
  readonly #memory = new ReusedMemory((bytes) => new SharedArrayBuffer(bytes));
  /** Columns that are open, and all so far. */
  #open = 0;
  #made = 0;
  #idle: NodeJS.Timeout | undefined;

  /** @param onEnd - called when it can be given no more columns */
  constructor(count: number, onEnd: () => void) {
    this.#workers = new Workers(PAGE_WORKER_FILE, count, undefined, { mayRest: true });
    this.#owed = Array.from({ length: count }, () => 0);
    this.#onEnd = onEnd;
    this.#endUnused();
  }

  column(element: SchemaElement, largest: LargestLevels): ColumnOfTeam {
    clearTimeout(this.#idle);
    this.#open++;
    const column = this.#made++;
    let isOpen = true;
    let known: StoredPage | undefined;
    let number = 0;
    return {
      room: (length, isDictionary) => {
        const bytes = memoryFor(length);
        return bytesFrom(isDictionary ? new SharedArrayBuffer(bytes) : this.#memory.take(bytes), length);
      },
      offer: (page, given, memory) => {
        const shared = inShared(page);
        if (given !== known) number++;
        known = given;
        const dictionary = given && { ...inShared(given), number };
        const message = { element, largest, page: shared, dictionary, memory };
        let isHeld = true;
        const release = (): void => {
          if (isHeld) this.#memory.give(shared.memory);
          isHeld = false;
        };
        const answer = this.#ask({ kind: 'page', column, ...message });
        answer.then(
          (decoded) => decoded && release(),
          () => {},
        );
        return {
          answer: async () => (claim(shared) ? undefined : pageOf(await answer, memory)),
          withdraw: () => void claim(shared),
          release,
        };
      },
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        for (let i = 0; i < this.#workers.count; i++) this.#workers.tell(i, { kind: 'forget', column });
        this.#open--;
        if (this.#open === 0) this.#endUnused();
      },
    };
  }

  #ask(message: PageMessage): Promise<PageAnswer | undefined> {
    const worker = this.#owed.indexOf(Math.min(...this.#owed));
    this.#owed[worker]!++;
    const answer = this.#workers.ask(worker, message);
    const answered = (): void => void this.#owed[worker]!--;
    answer.then(answered, answered);
    return answer;
  }

  #endUnused(): void {
    this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  #end(): void {
    this.#onEnd();
    void this.#workers.close();
  }
}

/** A page whose values are an array. */
function pageOf(answer: PageAnswer | undefined, memory: SharedArrayBuffer): Page<NumberArray> | undefined {
  if (!answer) return undefined;
  const { values } = answer;
  if (!('type' in values)) return { ...answer, values };
  const { type, length } = values;
  const placed = type === 'Float32Array' ? new Float32Array(memory, 0, length) : new Float64Array(memory, 0, length);
  return { ...answer, values: placed };
}

/** Without statistics, which take long to send. */
function inShared({ header, bytes, codec }: StoredPage): SharedPage {
  const memory = bytes.buffer as unknown as SharedArrayBuffer;
  const { data_page_header: v1, data_page_header_v2: v2 } = header;
  return {
    header: {
      ...header,
      data_page_header: v1 && { ...v1, statistics: undefined },
      data_page_header_v2: v2 && { ...v2, statistics: undefined },
    },
    codec,
    memory,
    ticket: newTicket(memory),
  };
}

let team: PageTeam | undefined;

/**
 * Starts the workers of this process, where there are none: they take longer than what comes before the first page.
 * @param threads - of which one is the caller's
 */
export function startPageTeam(threads: number): void {
  teamOf(threads);
}

/**
 * A column for the workers of this process, which are started when there are none.
 * @param threads - of which one is the caller's
 */
export function columnOfTeam(threads: number, element: SchemaElement, largest: LargestLevels): ColumnOfTeam {
  return teamOf(threads).column(element, largest);
}

function teamOf(threads: number): PageTeam {
  team ??= new PageTeam(Math.min(MOST_WORKERS, threads - 1), () => {
    team = undefined;
  });
  return team;
}
