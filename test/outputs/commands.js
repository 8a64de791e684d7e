/**
 * Commands over the fixtures, each a line of bash in an empty folder in which `levattn` is the program and $F the fixtures.
 *
 * `$C` stands for the options that say what computes: recorded once for each number of threads and each backend. Commands without it
 * compute nothing, or with one thread. Each prints its result or writes it to files in the folder.
 */

const npy = 'levattn convert $F/demo/K.npy -o';

/** By name. */
export const COMMANDS = {
  // Every format, read and written.
  'convert arrow': `${npy} K.arrow`,
  'convert parquet': `${npy} K.parquet`,
  'convert csv': `${npy} K.csv`,
  'convert ndjson': `${npy} K.ndjson`,
  'convert from csv': `${npy} K.csv && levattn convert K.csv -o back.npy`,
  'convert from parquet': `${npy} K.parquet && levattn convert K.parquet -o back.npy`,
  'convert from an Arrow pipe': `${npy} - --format arrow | levattn convert -o back.csv`,
  'convert heads': 'levattn convert $F/heads/K-nhd.npy --layout nhd -o K.arrow',
  'inspect npy': 'levattn inspect $F/demo/K.npy',
  'inspect safetensors': 'levattn inspect $F/formats/many.safetensors --json',
  'inspect sketch': 'levattn inspect $F/sketch/square-1.lev',

  // The pass over K.
  'select-keys': 'levattn select-keys $F/demo/K.npy --eps 0.02 $C -o U.arrow',
  'select-keys from a pipe': 'cat $F/demo/K.npy | levattn select-keys --eps 0.02 $C > U.arrows',
  'select-keys of two files': 'levattn select-keys $F/demo/K.npy $F/demo/Q.npy --eps 0.01 $C -o U.csv',
  'select-keys stable': 'levattn select-keys $F/cases/kappa1e12/K.npy --factor stable --eps 0.1 $C -o U.csv',
  'select-keys changes its route': 'levattn select-keys $F/cases/late-direction/K.npy --eps 0.1 $C -o U.csv',
  'select-keys of dependent columns': 'levattn select-keys $F/cases/rank-deficient-exact/K.npy --eps 0.1 $C -o U.csv',
  'select-keys --sample': 'levattn select-keys $F/demo/K.npy --sample 4 --eps 0.1 $C -o U.arrow',
  'select-keys --f power:4': 'levattn select-keys $F/demo/K.npy --f power:4 --eps 0.1 $C -o U.arrow',
  'select-keys --f power:1': 'levattn select-keys $F/demo/K.npy --f power:1 --eps 0.1 $C -o U.arrow',
  'select-keys --f huber:1 --passes 2':
    'levattn select-keys $F/demo/K.npy --f huber:1 --passes 2 --eps 0.1 $C -o U.arrow',
  'select-keys --certificate tensor':
    'levattn select-keys $F/cases/gaussian/K.npy --f power:4 --certificate tensor --eps 0.1 $C -o U.arrow',
  'select-keys --top': 'levattn select-keys $F/demo/K.npy --top 20 $C -o U.csv',
  'select-keys --budget': 'levattn select-keys $F/demo/K.npy --budget 20KB --passes 2 $C -o U.csv',
  'select-keys --plot': 'levattn select-keys $F/demo/K.npy --eps 0.02 --plot $C -o U.npy',
  'select-keys of heads': 'levattn select-keys $F/heads/K-bhnd.npy --eps 0.2 $C -o U.arrow',
  'select-keys of interleaved heads': 'levattn select-keys $F/heads/K-nhd.npy --layout nhd --eps 0.2 $C -o U.csv',
  'select-keys of interleaved heads from a pipe':
    'cat $F/heads/K-nhd.npy | levattn select-keys --layout nhd --eps 0.2 $C --format csv',
  'select-keys --mask': 'levattn select-keys $F/heads/K-bhnd.npy --mask $F/heads/mask.npy --eps 0.2 $C -o U.csv',
  'select-keys --id-column': `${npy} K.csv && awk 'NR == 1 { print "id," $0 } NR > 1 { print "r" NR "," $0 }' K.csv > ids.csv && levattn select-keys ids.csv --id-column id --eps 0.05 $C -o U.ndjson`,

  // Queries past U, or past K.
  'heavy of U':
    'levattn select-keys $F/demo/K.npy --eps 0.02 -o U.arrow && levattn heavy $F/demo/Q.npy --keys U.arrow $C -o entries.arrow',
  'heavy of K': 'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --eps 0.02 $C --stats stats.csv -o entries.csv',
  'heavy from one pipe':
    '{ levattn select-keys $F/demo/K.npy --eps 0.02; cat $F/demo/Q.npy; } | levattn heavy $C --format csv',
  'heavy --f power:4': 'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --f power:4 --eps 0.1 $C -o entries.csv',
  'heavy --f power:4 --certify':
    'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --f power:4 --certify $F/demo/K.npy --eps 0.1 $C -o entries.csv',
  'heavy --sample --certain':
    'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --sample 4 --certain --eps 0.1 $C -o entries.csv',
  'heavy --f softmax': 'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --f softmax --eps 0.05 $C -o entries.parquet',
  'heavy --f softmax --causal --window':
    'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --f softmax --causal --window 64 --eps 0.05 $C -o entries.csv',
  'heavy --exact':
    'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --exact --eps 0.02 $C --stats stats.csv -o entries.csv',
  'heavy --causal':
    'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --causal --eps 0.05 $C --stats stats.csv -o entries.csv',
  'heavy --causal --f huber:1':
    'levattn heavy $F/demo/Q.npy --keys $F/demo/K.npy --causal --f huber:1 --eps 0.05 $C -o entries.csv',
  'heavy of heads': 'levattn heavy $F/heads/Q-bhnd.npy --keys $F/heads/K-bhnd.npy --eps 0.1 $C -o entries.csv',
  'heavy --f softmax of heads':
    'levattn heavy $F/heads/Q-bhnd.npy --keys $F/heads/K-bhnd.npy --f softmax --eps 0.1 $C -o entries.csv',
  'heavy --causal of heads':
    'levattn heavy $F/heads/Q-bhnd.npy --keys $F/heads/K-bhnd.npy --causal --eps 0.1 $C -o entries.csv',

  // Sketches.
  sketch: 'levattn sketch $F/demo/K.npy --eps 0.02 $C -o K.lev',
  'sketch --f power:4': 'levattn sketch $F/demo/K.npy --f power:4 --eps 0.1 $C -o K.lev',
  'sketch --append':
    'levattn sketch $F/demo/K.npy -o K.lev && levattn sketch --append K.lev $F/demo/Q.npy $C -o KQ.lev',
  merge:
    'levattn sketch $F/demo/K.npy --shard 1/2 -o 1.lev && levattn sketch $F/demo/Q.npy --shard 2/2 -o 2.lev && levattn merge 1.lev 2.lev -o KQ.lev && levattn select-keys KQ.lev -o U.csv',
  coreset: 'levattn sketch $F/demo/K.npy --f power:4 -o K.lev && levattn coreset K.lev -o C.csv',
  slurm: 'levattn slurm $F/demo/K.npy $F/demo/Q.npy --dir job && cat job/*.sh | sed "s|$PWD||g" | wc -l',

  // Measures.
  scores: 'levattn scores $F/demo/K.npy $C -o scores.npy',
  'scores --f power:1': 'levattn scores $F/demo/K.npy --f power:1 $C -o scores.csv',
  'scores of heads': 'levattn scores $F/heads/K-bhnd.npy $C -o scores.csv',
  coverage:
    'levattn coverage $F/demo/Q.npy --keys $F/demo/K.npy -o coverage.csv $C && levattn coverage $F/demo/Q.npy --keys $F/demo/K.npy $C',
  'coverage --values':
    'levattn coverage $F/demo/Q.npy --keys $F/demo/K.npy --values $F/demo/K.npy --f softmax --causal $C',
  'coverage --by, of everything':
    'levattn coverage $F/demo/Q.npy --keys $F/demo/K.npy --values $F/demo/K.npy --f softmax --k 64 --by observed,observed-largest,snapkv,tova,q-filter,mean-query,expected,expected-normalised,centred-norm,keydiff,centred-leverage,centred-leverage:ridge=1,lewis,key-norm,small-key-norm,cur,kernel-pivots,rp-cholesky,first+last --keep first:4,last:8 --json $C',
  'select-keys --by':
    'levattn select-keys $F/demo/K.npy --top 100 --by observed --queries $F/demo/Q.npy --observe random:64 -o rows.arrow $C && levattn select-keys $F/demo/K.npy --top 100 --by centred-norm --format csv $C',
  'coreset --for softmax':
    'levattn coreset $F/demo/K.npy --values $F/demo/K.npy --for softmax --queries $F/demo/Q.npy --observe random:64 --size 128 -o C.arrow && levattn attend $F/demo/Q.npy --keys C.arrow -o O.npy $C',
  'coverage --causal of heads': 'levattn coverage $F/heads/Q-bhnd.npy --keys $F/heads/K-bhnd.npy --causal --json $C',
  attend:
    'levattn select-keys $F/demo/K.npy --eps 0.02 -o U.arrow && levattn attend $F/demo/Q.npy --keys U.arrow --values $F/demo/K.npy --compare $F/demo/K.npy -o O.npy $C',
  'attend of heads':
    'levattn select-keys $F/heads/K-bhnd.npy --eps 0.2 -o U.arrow && levattn attend $F/heads/Q-bhnd.npy --keys U.arrow --values $F/heads/V-bhnd.npy -o O.npy $C',
  verify: 'levattn verify $F/demo/Q.npy --keys $F/demo/K.npy --eps 0.05 --json $C',
  'verify of heads': 'levattn verify $F/heads/Q-bhnd.npy --keys $F/heads/K-bhnd.npy --eps 0.2 $C',
  report: 'levattn report $F/demo/Q.npy --keys $F/demo/K.npy -o report.html $C',
  'report of heads': 'levattn report $F/heads/Q-bhnd.npy --keys $F/heads/K-bhnd.npy --svg figures $C',

  // What is refused.
  'refused: no such file': 'levattn select-keys none.npy',
  'refused: columns that differ': 'levattn heavy $F/demo/Q.npy --keys $F/cases/gaussian/K.npy',
  'refused: a sketch twice': 'levattn merge $F/sketch/square-1.lev $F/sketch/square-1.lev -o twice.lev',
  'refused: K where U is expected': 'levattn attend $F/demo/Q.npy --keys $F/demo/K.npy --values $F/demo/K.npy',
  help: 'levattn --help; for c in select-keys heavy sketch scores; do levattn $c --help; done',
};
