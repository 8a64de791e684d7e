/** Work space of wide matrices, by what it is for. */
export type WidePlace =
  | 'matrix'
  | 'diagonal'
  | 'panels'
  | 'rows'
  | 'columns'
  | 'weights'
  | 'narrow'
  | 'out'
  | 'scratch'
  | 'reflected'
  | 'reflectors';
