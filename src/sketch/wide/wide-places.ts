/** Work space of wide matrices, by what it is for. */
export type WidePlace =
  | 'matrix'
  | 'diagonal'
  | 'panels'
  | 'rows'
  | 'columns'
  | 'out'
  | 'scratch'
  | 'reflected'
  | 'reflectors';
