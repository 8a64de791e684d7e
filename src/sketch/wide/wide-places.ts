/** Work space of wide matrices, by what it is for. */
export type WidePlace =
  | 'matrix'
  | 'diagonal'
  | 'panels'
  | 'rows'
  | 'columns'
  | 'weights'
  | 'out'
  | 'scratch'
  | 'reflected'
  | 'reflectors';
