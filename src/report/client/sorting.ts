/** A table whose columns sort its rows, by buttons in their heads. */

/** What rows are sorted by. */
interface Order {
  readonly column: number;
  readonly descending: boolean;
}

/**
 * Makes columns of a table sort its rows.
 * @returns to be called when the table was drawn anew: its rows come as they were sorted
 */
export function sortable(pane: HTMLElement): () => void {
  let order: Order = { column: 0, descending: false };
  pane.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('[data-sort]');
    if (!button) return;
    const column = Number(button.dataset.sort);
    // Numbers begin with the largest, names with the first.
    const descending = column === order.column ? !order.descending : column > 0;
    order = { column, descending };
    sort(pane.querySelector('table')!, order);
  });
  return () => {
    for (const title of pane.querySelectorAll<HTMLElement>('span[data-sort]')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.sort = title.dataset.sort;
      button.textContent = title.textContent;
      title.replaceWith(button);
    }
    // It comes in the order of the heads.
    if (order.column > 0 || order.descending) sort(pane.querySelector('table')!, order);
  };
}

function sort(table: HTMLTableElement, { column, descending }: Order): void {
  const body = table.tBodies[0];
  const numberOf = (row: HTMLTableRowElement): number =>
    Number(column === 0 ? row.dataset.head : row.cells[column].dataset.value);
  const rows = [...body.rows].map((row) => ({ row, head: Number(row.dataset.head), number: numberOf(row) }));
  rows.sort((a, b) => {
    // What has no number comes last, whichever way; equal ones stay in the order of the heads.
    const missing = Number(Number.isNaN(a.number)) - Number(Number.isNaN(b.number));
    const falling = Number.isNaN(a.number) ? 0 : b.number - a.number;
    return missing || (descending ? falling : -falling) || a.head - b.head;
  });
  body.append(...rows.map(({ row }) => row));
  for (const [at, head] of [...table.tHead!.rows[0].cells].entries()) {
    if (at === column) head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  }
}
